// Words that mean something in queries of every dialect.

/** Words that are no function when a bracket follows. */
export const NOT_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'all and any apply array as asc between by case check cluster constraint cross cube dense desc distinct distribute else ' +
    'end except exclude exists fetch filter final for foreign force from full function group grouping having if ignore in ' +
    'index inner intersect interval into is join key lateral left like limit match matched materialized minus model natural ' +
    'no not nulls of offset on only or order outer over overlaps partition pivot prewhere primary qualify range recursive ' +
    'references respect returning right rlike rollup row rows sample select sets set settings similar some sort struct ' +
    'table tablesample ilike regexp glob then to union unique unnest unpivot use using values view when where window with ' +
    'within without zone xor asof anti semi global columns nested bernoulli system block ' +
    'decimal numeric varchar char character nvarchar nchar varbinary binary float double int integer bigint smallint tinyint ' +
    'timestamp datetime time number string text bit bool boolean date json geometry vector'
  ).split(' '),
);

/** Words after which no table follows a comma any more. */
export const ENDS_FROM: ReadonlySet<string> = new Set([
  'select',
  'where',
  'prewhere',
  'group',
  'order',
  'having',
  'limit',
  'union',
  'intersect',
  'except',
  'minus',
  'window',
  'qualify',
  'returning',
  'set',
  'fetch',
  'offset',
  'settings',
  'values',
  'connect',
  'start',
  'cluster',
  'distribute',
  'sort',
  'when',
  'format',
]);

/** Functions that have FROM inside their brackets. */
export const FROM_INSIDE: ReadonlySet<string> = new Set([
  'extract',
  'trim',
  'substring',
  'substr',
  'overlay',
  'ltrim',
  'rtrim',
]);

/** Words that stand in no query but for what they say; where one was not expected the statement is unknown. */
export const EFFECT_WORDS: ReadonlySet<string> = new Set([
  'insert',
  'update',
  'delete',
  'merge',
  'upsert',
  'drop',
  'alter',
  'create',
  'truncate',
  'grant',
  'revoke',
  'into',
  'outfile',
  'dumpfile',
  'call',
  'execute',
  'exec',
  'unload',
  'export',
  'attach',
  'detach',
]);

/** Words of NOT_FUNCTIONS that servers take for the name of a function, too, where a value is due. */
export const SELDOM_GRAMMAR: ReadonlySet<string> = new Set(
  (
    'apply block system model sample check cluster key index function global semi anti constraint foreign primary ' +
    'references distribute zone matched materialized'
  ).split(' '),
);
/** Words that only a value can follow. */
export const BEFORE_VALUES: readonly string[] =
  'select distinct where and or not having qualify prewhere then else when case by between like'.split(' ');
