#!/usr/bin/env bash
# Guess: with OpenTelemetry's instrumentation of the AWS SDK, a ConverseStream that fails is a span with the status ERROR and the exception
# in it, as a Converse that fails is.
# Really: no failure is one. What Bedrock refuses at once, such as one question too many, leaves no span at all: it is never ended, so
# never exported. And an answer that breaks off in the middle, by an exception of the stream or a cut connection, is a span like that of a
# good one: no status, no exception, only without the reason for its end.
# Why bot authors care: bots stream their answers, and "how many fail, and how?" is what traces are for. During an outage there are simply
# fewer requests to be seen, and an alert on the rate of errors stays silent, though it worked when it was tried with Converse.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @opentelemetry/api@1.9.1 @opentelemetry/instrumentation@0.223.0 @opentelemetry/instrumentation-aws-sdk@0.78.0 \
  @opentelemetry/sdk-trace-node@2.12.1 @aws-sdk/client-bedrock-runtime@3.1164.0 @smithy/core@3.41.0 @smithy/node-http-handler@4.14.2 >/dev/null
cat >run.cjs <<'JS'
const { createServer } = require('node:http');
const { SpanStatusCode } = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { AwsInstrumentation } = require('@opentelemetry/instrumentation-aws-sdk');
const { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');

const exporter = new InMemorySpanExporter();
const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
tracerProvider.register();
registerInstrumentations({ instrumentations: [new AwsInstrumentation()], tracerProvider });

const { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } = require('@aws-sdk/client-bedrock-runtime');
const { EventStreamCodec } = require('@smithy/core/event-streams');
const { NodeHttpHandler } = require('@smithy/node-http-handler');

const codec = new EventStreamCodec((bytes) => Buffer.from(bytes).toString(), (text) => Buffer.from(text));
const frame = (kind, type, body) => {
  const texts = { ':message-type': kind, [`:${kind}-type`]: type, ':content-type': 'application/json' };
  const headers = Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, { type: 'string', value }]));
  return Buffer.from(codec.encode({ headers, body: Buffer.from(JSON.stringify(body)) }));
};
const word = frame('event', 'contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'word ' } });

// What the model of that name does.
const stream = (response) => response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' }).write(word);
const models = {
  good: (response) => {
    stream(response);
    response.write(frame('event', 'messageStop', { stopReason: 'end_turn' }));
    response.end(frame('event', 'metadata', { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 }, metrics: { latencyMs: 1 } }));
  },
  refuses: (response) => response.writeHead(429, { 'content-type': 'application/json', 'x-amzn-errortype': 'ThrottlingException' }).end('{"message":"Too many requests"}'),
  throws: (response) => {
    stream(response);
    response.end(frame('exception', 'throttlingException', { message: 'Too many tokens' }));
  },
  cut: (response) => {
    stream(response);
    setTimeout(() => response.destroy(), 50);
  },
};
const server = createServer((request, response) => {
  request.resume();
  models[request.url.split('/')[2]](response);
});

server.listen(0, '127.0.0.1', async () => {
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${server.address().port}`,
    token: { token: 'made-up' },
    authSchemePreference: ['httpBearerAuth'],
    requestHandler: new NodeHttpHandler(),
    maxAttempts: 1,
  });
  const messages = [{ role: 'user', content: [{ text: 'Hi' }] }];
  const CASES = [
    [ConverseCommand, 'refuses', 'fails', '1 span: ERROR, exception'],
    [ConverseStreamCommand, 'good', 'is read', '1 span: UNSET, '],
    [ConverseStreamCommand, 'refuses', 'fails', '0 spans'],
    [ConverseStreamCommand, 'throws', 'fails', '1 span: UNSET, '],
    [ConverseStreamCommand, 'cut', 'fails', '1 span: UNSET, '],
  ];
  let isAsSeen = true;
  for (const [Command, modelId, wantedEnd, wantedTrace] of CASES) {
    let end = 'is read';
    try {
      const answer = await client.send(new Command({ modelId, messages }));
      for await (const _ of answer.stream ?? []);
    } catch {
      end = 'fails';
    }
    const spans = exporter.getFinishedSpans();
    exporter.reset();
    const [span] = spans;
    const trace = span === undefined ? '0 spans' : `${spans.length} span: ${SpanStatusCode[span.status.code]}, ${span.events.map(({ name }) => name)}`;
    console.log(`${Command.name} of the model "${modelId}" ${end}; traced: ${trace}`);
    isAsSeen &&= end === wantedEnd && trace === wantedTrace;
  }
  process.exit(isAsSeen ? 0 : 1);
});
JS
node run.cjs
# Seen 2026-11-30 with Node 20.20 and 24.21.
