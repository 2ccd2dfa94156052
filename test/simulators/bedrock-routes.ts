// Which operation a method and a path mean.
import type { Operation } from './bedrock-types.ts';

export type Route = { readonly operation: Operation; readonly modelId: string; readonly query: URLSearchParams };

const routes: readonly { readonly method: string; readonly path: RegExp; readonly operation: Operation }[] = [
  { method: 'POST', path: /^\/model\/([^/]+)\/converse$/, operation: 'Converse' },
  { method: 'POST', path: /^\/model\/([^/]+)\/converse-stream$/, operation: 'ConverseStream' },
  { method: 'POST', path: /^\/model\/([^/]+)\/count-tokens$/, operation: 'CountTokens' },
  { method: 'POST', path: /^\/guardrail-checks\/invoke$/, operation: 'InvokeGuardrailChecks' },
  { method: 'GET', path: /^\/foundation-models$/, operation: 'ListFoundationModels' },
  { method: 'GET', path: /^\/inference-profiles$/, operation: 'ListInferenceProfiles' },
  { method: 'GET', path: /^\/foundation-model-availability\/([^/]+)$/, operation: 'GetFoundationModelAvailability' },
];

/** A model id is one segment: ARNs come with their slashes percent-encoded. */
export function routeOf(method: string, url: string): Route {
  const [path = '', query] = url.split('?', 2);
  for (const route of routes) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (match === null) continue;
    return { operation: route.operation, modelId: decode(match[1] ?? ''), query: new URLSearchParams(query) };
  }
  return { operation: 'Unknown', modelId: '', query: new URLSearchParams() };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
