// How sure the naive reference is of something, and how such answers combine.

/** For certain, for certain of one thing that the call does, under some reading, or not at all. */
export type Truth = 'always' | 'partly' | 'sometimes' | 'never';
export type Verdict = Truth | 'needs-body';

export function negate(verdict: Verdict): Verdict {
  return verdict === 'always' ? 'never' : verdict === 'never' ? 'always' : verdict;
}

export function allOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('never')) return 'never';
  if (verdicts.includes('needs-body')) return 'needs-body';
  if (verdicts.includes('sometimes')) return 'sometimes';
  return verdicts.includes('partly') ? 'partly' : 'always';
}

export function anyOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('always')) return 'always';
  if (verdicts.includes('needs-body')) return 'needs-body';
  if (verdicts.includes('sometimes')) return 'sometimes';
  return verdicts.includes('partly') ? 'partly' : 'never';
}

export function count(hits: readonly boolean[]): Truth {
  return hits.length > 0 && hits.every(Boolean) ? 'always' : hits.some(Boolean) ? 'sometimes' : 'never';
}

/** A glob of the text kind, by plain recursion. */
export function like(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*')) return like(pattern.slice(1), text) || (text !== '' && like(pattern, text.slice(1)));
  if (text === '') return false;
  return (pattern[0] === '?' || pattern[0] === text[0]) && like(pattern.slice(1), text.slice(1));
}
