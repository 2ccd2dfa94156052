import type { FaultHandle, FaultOutcome, FaultRule } from './api.ts';

interface Armed {
  readonly rule: FaultRule;
  readonly outcome: FaultOutcome;
  hits: number;
}

export interface FaultSubject {
  readonly method: string;
  readonly route: string;
  readonly path: string;
  readonly body: unknown;
}

/** What is to go wrong, for which requests, and how often. */
export class Faults {
  readonly #armed = new Set<Armed>();

  add(rule: FaultRule): FaultHandle {
    const outcome = rule.does ?? rule.then;
    if (outcome === undefined) throw new Error('A fault must say what it does');
    const armed: Armed = { rule, outcome, hits: 0 };
    this.#armed.add(armed);
    return {
      get hits() {
        return armed.hits;
      },
      remove: () => void this.#armed.delete(armed),
    };
  }

  clear(): void {
    this.#armed.clear();
  }

  /** The first rule that fits a request, counted as a hit. */
  strike(subject: FaultSubject): FaultOutcome | undefined {
    for (const armed of this.#armed) {
      if (!fits(armed.rule, subject)) continue;
      armed.hits += 1;
      if (armed.hits >= (armed.rule.times ?? Infinity)) this.#armed.delete(armed);
      return armed.outcome;
    }
    return undefined;
  }
}

function fits(rule: FaultRule, subject: FaultSubject): boolean {
  if (rule.method !== undefined && rule.method !== subject.method) return false;
  return fitsRoute(rule.route, subject) && (rule.when?.(subject) ?? true);
}

function fitsRoute(route: string | RegExp | undefined, { method, route: actual, path }: FaultSubject): boolean {
  if (route === undefined) return true;
  if (typeof route === 'string') return route === actual || `${method} ${route}` === actual || route === `${method} ${path}`;
  return route.test(actual) || route.test(`${method} ${path}`);
}
