/** Everything that may stand for a secret, wherever it turns up in a line. */
const SECRETS: readonly [RegExp, string][] = [
  [/bedrock-api-key-[\w+/=%.-]+/gu, 'bedrock-api-key-[redacted]'],
  [/ABSK[A-Za-z0-9+/=%]{20,}/gu, 'ABSK[redacted]'],
  // The beginnings of both in base64.
  [/QUJTS[\w+/-]{30,}={0,2}/gu, '[redacted key]'],
  [/YmVkcm9jay1hcGkta2V5L[\w+/-]{10,}={0,2}/gu, '[redacted key]'],
  [/\bBedrockAPIKey-[\w.:+/=-]+/gu, 'BedrockAPIKey-[redacted]'],
  // A variable's name is no secret: it stands where the shell puts one in.
  [/Bearer\s+(?![[$])[^\s"',\\]+/giu, 'Bearer [redacted]'],
  [/\b[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}/gu, '[redacted Discord token]'],
  [/(\/webhooks\/\d+\/)[^/\s"'?]+/gu, '$1[redacted]'],
  [/(\/interactions\/\d+\/)[^/\s"'?]+/gu, '$1[redacted]'],
  [/(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"']+/giu, '$1[redacted]'],
  // A name and a password in an address.
  [/(:\/\/)[^\s/?#"'<>]+@/gu, '$1[redacted]@'],
  // The parser quotes what it could not read, which may be what somebody said.
  [/Unexpected token [^]{1,120}? is not valid JSON/gu, 'That is not valid JSON'],
  // The whole name is looked through once.
  [/([?&](?=[\w-]*(?:token|key|secret|passw|sig|auth))[\w-]+=)[^&\s"'#]+/giu, '$1[redacted]'],
];

/** A line in which none of those can be, as nearly all are: looked through once instead of a dozen times. */
const HINT =
  /bedrock-?api-?key-|ABSK|QUJTS|YmVkcm9jay1hcGkt|Bearer\s|\.[\w-]{6}\.|\/webhooks\/|\/interactions\/|X-Amz-|is not valid JSON|:\/\/[^\s/?#"'<>]+@|[?&](?=[\w-]*(?:token|key|secret|passw|sig|auth))[\w-]+=/iu;

/** Shorter pieces of base64 stand in any text. */
const LEAST_LENGTH = 8;

/** How a text lies in the base64 of something longer, by where in a group of three bytes it begins; without what its neighbours decide. */
const inBase64 = (secret: string): readonly string[] =>
  [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });

const toUrlAlphabet = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_');

/** All that a secret may be written as: itself, in an address, in JSON, in base64. */
const formsOf = (secret: string): readonly string[] => {
  const encoded = encodeURIComponent(secret.toWellFormed());
  const base64 = inBase64(secret);
  const others = [encoded, encoded.replaceAll(/%../gu, (code) => code.toLowerCase()), JSON.stringify(secret).slice(1, -1), ...base64, ...base64.map(toUrlAlphabet)];
  return [...new Set([secret, ...others.filter(({ length }) => length >= LEAST_LENGTH)])].filter((form) => form !== '');
};

/** More secrets than a process has at one time: keys change. */
const MAX_KNOWN = 50;
const forms = new Map<string, readonly string[]>();

const knownForms = (secret: string): readonly string[] => {
  const known = forms.get(secret);
  if (known !== undefined) return known;
  if (forms.size >= MAX_KNOWN) forms.clear();
  const all = formsOf(secret);
  forms.set(secret, all);
  return all;
};

/** A line without secrets: known forms, and the exact ones that this process was given, however they are encoded. */
export const redact = (line: string, known: readonly string[] = []): string => {
  let text = line;
  for (const secret of known) {
    for (const form of knownForms(secret)) if (text.includes(form)) text = text.replaceAll(form, '[redacted]');
  }
  if (!HINT.test(text)) return text;
  return SECRETS.reduce((shown, [pattern, replacement]) => shown.replace(pattern, replacement), text);
};
