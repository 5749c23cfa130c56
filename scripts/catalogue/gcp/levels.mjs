// Whether a method reads, lists or changes something: by its HTTP method and the last part of its id, and by overrides.json.

const LISTS = /^(?:list|List|aggregatedList|search|bulkList|enumerate)(?=$|[A-Z])|^(?:list|search)$/;
/** A POST that reads: the parameters are too large for a query. */
const READS =
  /^(?:get|batchGet|lookup|find|count|check|validate|compute|retrieve|preview|compare|estimate|explain|troubleshoot|describe|test|fetch|query|wait|poll|calculate|aggregate)(?=$|[A-Z])|^(?:batchget|listWait|runReport|batchRunReports|runPivotReport|batchRunPivotReports|runRealtimeReport|runAccessReport|runQuery|runAggregationQuery)$/;
/** A GET that changes something. */
const ACTS = /^(?:cancel|restart|restore|move|start|finish|collect|upload|generateToken|subscribe)(?=$|[A-Z])/;

/** @returns {{ level: 'r'|'l'|'w'|'t'|'p', override: boolean }} `overrides`: lists of patterns by level */
export function levelOf(id, verb, overrides) {
  for (const [level, patterns] of Object.entries(overrides)) {
    if (patterns.some((pattern) => matches(pattern, id))) return { level, override: true };
  }
  const last = id.slice(id.lastIndexOf('.') + 1);
  if (verb === 'GET') return { level: ACTS.test(last) ? 'w' : LISTS.test(last) ? 'l' : 'r', override: false };
  if (verb === 'POST' && LISTS.test(last)) return { level: 'l', override: false };
  if (verb === 'POST' && READS.test(last)) return { level: 'r', override: false };
  return { level: 'w', override: false };
}

/** `a.*.c`: one part; `**`: any number of them; `{x,y}`: either. */
export function matches(pattern, id) {
  return regExpOf(pattern).test(id);
}

const known = new Map();

function regExpOf(pattern) {
  let compiled = known.get(pattern);
  if (!compiled) {
    const text = pattern
      .split(/(\*\*\.?|\*|\{[^}]*\})/)
      .map((piece) => {
        if (piece === '**.') return '(?:[^.]+\\.)*';
        if (piece === '**') return '.*';
        if (piece === '*') return '[^.]*';
        if (piece.startsWith('{')) return `(?:${piece.slice(1, -1).split(',').map(escape).join('|')})`;
        return escape(piece);
      })
      .join('');
    compiled = new RegExp(`^${text}$`);
    known.set(pattern, compiled);
  }
  return compiled;
}

const escape = (text) => text.replaceAll(/[.$]/g, '\\$&').replaceAll('*', '[^.]*');
