import { describe, expect, it } from 'vitest';
import type { Change, Preview } from '../../../src/core/approval/context.ts';
import type { Approval } from '../../../src/core/approval/state.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import { previewDifferences } from '../../../src/core/similar/preview.ts';
import { opened } from '../../conformance/approval-events.ts';

const AT = Date.UTC(2026, 0, 2);

function informed(changes: readonly Change[], over: Partial<Preview> = {}): Approval {
  const preview: Preview = { outcome: 'shown', note: 'asked', changes, facts: [], cut: false, requests: [], ...over };
  const event = { type: 'informed', at: AT, flags: [], recent: [], earlier: [], openApprovals: 1, preview } as const;
  return fold([opened(AT), event]);
}
const told = (one: Approval, other: Approval): readonly string[] =>
  previewDifferences(one, other).map(({ place, value }) => `${place}: ${value}`);

const small: Change = { path: '/spec/replicas', before: '1', after: '0' };
const large: Change = { path: '/spec/replicas', before: '400', after: '0' };

describe('what the preview of a similar call says', () => {
  it('is listed where something is there already that the first one does not touch', () => {
    expect(told(informed([small]), informed([small]))).toEqual([]);
    expect(told(informed([small]), informed([large]))).toEqual(['would change /spec/replicas: 400 → 0']);
    expect(told(informed([]), informed([{ path: '/x', before: '"kept"' }]))).toEqual(['would change /x: "kept" → –']);
    expect(told(fold([opened(AT)]), informed([large]))).toEqual(['would change /spec/replicas: 400 → 0']);
  });

  it('is not listed where it only says the call again', () => {
    const made = (name: string): Change => ({ path: '/metadata', after: `{"name":"${name}"}` });
    expect(told(informed([made('a')]), informed([made('b')]))).toEqual([]);
  });

  it('is said to be missing, or to be cut, where that of the first one is not', () => {
    expect(told(informed([small]), fold([opened(AT)]))).toEqual(['preview: there is none (yet)']);
    expect(told(informed([small]), informed([], { outcome: 'failed', note: 'it did not answer' }))).toEqual([
      'preview: it did not answer',
    ]);
    expect(told(informed([small]), informed([small], { cut: true }))).toEqual(['preview: more would change']);
  });
});
