// One request for each route of each method of the catalogue: it is recognised as exactly that method, never as a milder one.
import { describe, expect, it } from 'vitest';
import { type GcpData, gcpData } from '../../../src/actions/gcp/catalogue.ts';
import { type Method, type MethodRoute, segmentsOf } from '../../../src/actions/gcp/catalogue-text.ts';
import { gcpTags } from '../../../src/actions/gcp/tags.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call } from '../../../src/core/call.ts';
import { call, recognise } from './calls.ts';

interface Sample {
  readonly method: Method;
  readonly route: MethodRoute;
  readonly call: Call;
}

function* samples(data: GcpData): Generator<Sample> {
  for (const head of data.heads) {
    for (const method of data.service(head).methods.values()) {
      for (const route of method.routes) {
        for (const version of route.versions.length === 0 ? [''] : route.versions) {
          yield { method, route, call: request(route, version, head.hosts[0] ?? '') };
        }
      }
    }
  }
}

function request({ verb, template }: MethodRoute, version: string, host: string): Call {
  const texts = segmentsOf(template.replace('/@', `/${version}`)).map((pieces) =>
    pieces.map((piece) => ('text' in piece ? piece.text : piece.many ? 'aa/bb/cc' : 'x1')).join(''),
  );
  const body = verb === 'GET' || verb === 'DELETE' ? {} : { body: '{"displayName":"x"}' };
  return call(`${verb} https://${host}.googleapis.com/${texts.join('/')}`, body);
}

/** What SQL the call carries is for others to say: here it carries none. */
function isExact({ id }: Method, actions: readonly Action[]): boolean {
  const own = actions.filter(({ provider }) => provider === 'gcp');
  return own[0]?.name === `gcp:${id}` && own.every(({ confidence }) => confidence === 'exact');
}

const all = [...samples(gcpData())];

describe('every method of Google', () => {
  it('is in the sample, in each of its versions', () => {
    expect(all.length).toBeGreaterThan(25_000);
    expect(new Set(all.map(({ method }) => method.id)).size).toBeGreaterThan(15_900);
  });

  it('is recognised as exactly itself in more than 99.9 % of its requests, and in no other as a milder one', () => {
    const missed: string[] = [];
    for (const { method, route, call: each } of all) {
      const actions = recognise(each);
      if (isExact(method, actions)) continue;
      missed.push(
        `${method.id} ${each.method} ${each.host}${each.path}: ${actions.map(({ name }) => name).join(', ')}`,
      );
      const tags = new Set(actions.flatMap((action) => action.tags));
      const reads = new Set(['read', 'list']);
      expect(
        gcpTags(method.id).filter((tag) => !tags.has(tag)),
        missed.at(-1),
      ).toEqual([]);
      expect(
        actions.some(({ level }) => level === route.level || !reads.has(level)) || reads.has(route.level),
        missed.at(-1),
      ).toBe(true);
    }
    // What is left is truly the same request, as the Search Console under its old and its new name, or a document of Firestore whose made-up path
    // is that of a collection.
    expect(missed.length, missed.join('\n')).toBeLessThanOrEqual(13);
  });
});
