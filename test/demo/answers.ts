/** What the simulated model says, by a word of the question. */
const ANSWERS: readonly [RegExp, string][] = [
  [
    /what is amazon bedrock/iu,
    'Amazon Bedrock is a service of AWS that runs **foundation models** of several makers behind one API. ' +
      'With *Converse* you send the turns of a conversation and get the next one back, word by word if you like.',
  ],
  [
    /how do i call it/iu,
    'With one request and an API key:\n\n```sh\ncurl -X POST \\\n  "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-haiku-5-5/converse" \\\n' +
      '  -H "Content-Type: application/json" \\\n  -H "Authorization: Bearer $AWS_BEARER_TOKEN_BEDROCK" \\\n' +
      '  -d \'{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}\'\n```\n\nThat is all I do, too.',
  ],
  [/and from python/iu, 'The same key works there: put it into `AWS_BEARER_TOKEN_BEDROCK`, and **boto3** finds it by itself.'],
  [/haiku/iu, 'A question is asked,\nwords arrive one by one – look:\nthe answer is here.'],
  [/remember/iu, 'You told me a moment ago: your favourite colour is **teal**.'],
  [/favourite colour is/iu, 'Teal, noted. I shall remember it as long as this conversation lasts.'],
];

const LINES_OF_CODE = 52;

const longAnswer = (): string => {
  const code = Array.from(
    { length: LINES_OF_CODE },
    (_, index) => `  { id: ${index + 1}, name: "entry ${index + 1}", squared: ${(index + 1) ** 2} },`,
  );
  return `Here is the table you asked for.\n\n\`\`\`ts\nexport const entries = [\n${code.join('\n')}\n];\n\`\`\`\n\nIt goes on in a second message where Discord's 2,000 characters end, and the code block stays whole in both.`;
};

export const answerTo = (question: string): string =>
  ANSWERS.find(([pattern]) => pattern.test(question))?.[1] ?? longAnswer();
