/** One of each kind of Markdown that models write, with what nobody should have to trust. */
const everyKind = (): string => {
  const program = Array.from({ length: 90 }, (_, index) => `def step_${index}(value: int) -> int:\n    return value + ${index}`).join('\n\n');
  return `# A heading
#### A small one

Some **bold**, *slanted* and ~~wrong~~ words, \`inline code\` with @everyone in it, and a ||spoiler||.

- a list
  - with [a link](https://docs.aws.amazon.com/bedrock/) below it
- [x] and a task

> A quote, for @everyone and <@&123456789012345678>
> of two lines.

| Model | Context | Good for |
|:------|--------:|:--------:|
| **Haiku** | 200,000 | 速い答え ⚡ |
| Sonnet | 1,000,000 | \`code\` |

| Setting | What it does |
|---|---|
| temperature | How much chance there is in the choice of each word, from 0 to 1 |
| maxTokens | Where the answer ends at the latest, whatever it still has to say |

---

[https://discord.com](https://evil.example/login), discord.gg/free-nitro and a \u202Ehidden turn.

\`\`\`sql title="quota.sql"
select sum(tokens) from usage where day = today();
\`\`\`

\`\`\`python
${program}
\`\`\`

That was each kind.`;
};

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
  [/birthday/iu, 'Somebody who asks for haiku may like a notebook of rice paper, or, this being a tea house, a small teapot.'],
  [/remember/iu, 'You told me a moment ago: your favourite colour is **teal**.'],
  [/each kind/iu, everyKind()],
  [/favourite colour is/iu, 'Teal, noted. I shall remember it as long as this conversation lasts.'],
];

const LINES_OF_CODE = 40;

const longAnswer = (): string => {
  const code = Array.from(
    { length: LINES_OF_CODE },
    (_, index) => `  { id: ${index + 1}, name: "entry ${index + 1}", squared: ${(index + 1) ** 2} },`,
  );
  return `Here is the table you asked for: numbers from one up, each with a name and with its square. It is made for reading here, so it has no more entries than a message can show; ask for more of them, and you get them in a file.\n\n\`\`\`ts\nexport const entries = [\n${code.join('\n')}\n];\n\`\`\`\n\nWhere Discord's 2,000 characters end it goes on in a second message, and the code block stays whole.`;
};

export const answerTo = (question: string): string =>
  ANSWERS.find(([pattern]) => pattern.test(question))?.[1] ?? longAnswer();
