import { stripTypeScriptTypes } from 'node:module';
import { parse } from 'acorn';
import { fullAncestor } from 'acorn-walk';
import type { AnyNode, BinaryExpression, CallExpression, Expression, ExpressionStatement, Node } from 'acorn';

/** One small change to a source text, as somebody might make by mistake. */
export interface Mutation {
  readonly kind: string;
  /** Where in the text, in characters. */
  readonly start: number;
  readonly end: number;
  /** What stands there instead. */
  readonly text: string;
  /** The whole that changes with it and that can be chosen while the program runs: an expression, a statement, or the block of a `finally`. */
  readonly site: Site;
}

export interface Site {
  readonly is: 'expression' | 'statement' | 'block';
  readonly start: number;
  readonly end: number;
}

const OFF_BY_ONE: Readonly<Record<string, string>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };
const OPPOSITE: Readonly<Record<string, string>> = { '===': '!==', '!==': '===', '+': '-', '-': '+' };
/** Calls that put something away, or that bring a text into order. */
const CLEANUPS = new Set(['clearTimeout', 'clearInterval', 'delete', 'end', 'stop', 'close', 'abort', 'clear', 'release', 'remove', 'unref']);
const TIDYINGS = new Set(['trim', 'trimEnd', 'trimStart', 'toLowerCase', 'toSorted', 'slice']);

type Range = Pick<Node, 'start' | 'end'>;

const nameOf = ({ callee }: CallExpression): string | undefined => {
  if (callee.type === 'Identifier') return callee.name;
  return callee.type === 'MemberExpression' && callee.property.type === 'Identifier' ? callee.property.name : undefined;
};

/**
 * Every mutation of a TypeScript text, in the order in which they stand there. Types are no part of it: they are blanked out first, which moves nothing.
 * @throws {SyntaxError} where the text is no module
 */
export const mutationsOf = (source: string): readonly Mutation[] => {
  const program = parse(stripTypeScriptTypes(source, { mode: 'strip' }), { ecmaVersion: 'latest', sourceType: 'module' });
  const found: Mutation[] = [];
  const add = (kind: string, { start, end }: Range, text: string, site: Range, is: Site['is'] = 'expression'): void =>
    void found.push({ kind, start, end, text, site: { is, start: site.start, end: site.end } });
  const negate = (test: Expression): void => add('condition negated', test, `!(${source.slice(test.start, test.end)})`, test);
  const operator = (node: Pick<BinaryExpression, 'left' | 'right' | 'start' | 'end'> & { operator: string }, kind: string, instead: string): void => {
    const at = source.indexOf(node.operator, node.left.end);
    if (at >= node.left.end && at < node.right.start) add(kind, { start: at, end: at + node.operator.length }, instead, node);
  };
  const statement = ({ expression, start, end }: ExpressionStatement): void => {
    if (expression.type === 'AwaitExpression') add('await dropped', { start: expression.start, end: expression.start + 'await'.length }, 'void', expression);
    const call = expression.type === 'AwaitExpression' ? expression.argument : expression;
    if (call.type === 'CallExpression' && CLEANUPS.has(nameOf(call) ?? '')) add('cleanup dropped', { start, end }, ';', { start, end }, 'statement');
  };
  fullAncestor(program, (visited, _state, ancestors) => {
    const node = visited as AnyNode;
    switch (node.type) {
      case 'IfStatement':
      case 'ConditionalExpression':
      case 'WhileStatement':
        negate(node.test);
        break;
      case 'LogicalExpression':
        if (node.operator === '&&') operator(node, '&& for ||', '||');
        if (node.operator === '||') operator(node, '|| for &&', '&&');
        break;
      case 'BinaryExpression': {
        const offByOne = OFF_BY_ONE[node.operator];
        if (offByOne !== undefined) operator(node as never, 'off by one', offByOne);
        const opposite = OPPOSITE[node.operator];
        if (opposite !== undefined) operator(node as never, 'operator turned round', opposite);
        break;
      }
      case 'TryStatement':
        if (node.finalizer && node.finalizer.body.length > 0) add('finally emptied', node.finalizer, '{}', node.finalizer, 'block');
        break;
      case 'CallExpression': {
        const { callee } = node;
        if (callee.type !== 'MemberExpression' || !TIDYINGS.has(nameOf(node) ?? '')) break;
        // What begins with `a?.` ends early as a whole.
        const chain = ancestors.findLast((ancestor) => ancestor.type === 'ChainExpression' && ancestor.start === node.start);
        const dot = callee.object.end + source.slice(callee.object.end, callee.property.start).search(/(?:\?\.|\.)/u);
        add('tidying dropped', { start: dot, end: node.end }, '', chain ?? node);
        break;
      }
      case 'ExpressionStatement':
        statement(node);
        break;
      default:
    }
  });
  return found.toSorted((one, other) => one.start - other.start || one.end - other.end);
};

export const mutate = (source: string, { start, end, text }: Mutation): string => source.slice(0, start) + text + source.slice(end);
