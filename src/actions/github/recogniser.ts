// GitHub: what a call to its REST API does, by GitHub's own operation ids (`github:repos/delete`), and what git does over HTTP at the same
// hosts. INVARIANT: a call that can be read in two ways gives every reading; what nobody knows is `unknown`.
import type { Action } from '../../core/action.ts';
import { type Call, url } from '../../core/call.ts';
import { shortenedText } from '../../core/visible-text.ts';
import { gitActions, gitNeedsBody, pushEnvelope } from '../git/git-actions.ts';
import { readGitRequests } from '../git/git-request.ts';
import type { Recogniser } from '../recogniser.ts';
import { earned } from './conditions.ts';
import { downloadOf } from './downloads.ts';
import { givenIn } from './given.ts';
import { graphqlActions, isGraphql, isOverridden } from './graphql.ts';
import { levelOf } from './level.ts';
import { paramsOf } from './params.ts';
import { resourceOf, targetOf } from './resource.ts';
import { readRestBody, type RestBody } from './rest-body.ts';
import { type RestReading, type RestReadings, restReadings } from './rest-readings.ts';
import { summaryOf } from './summary.ts';
import { knownSurface, surfaceOf } from './surface.ts';
import { tagsOf } from './tags.ts';

/** Bodies of these are files: what the call does is in its path. */
const FILES: ReadonlySet<string> = new Set(['repos/upload-release-asset', 'git/create-blob', 'markdown/render-raw']);

const NO_METHODS: readonly string[] = [];

/** `base`: the path below which the API stands (the upstream's own), without a trailing slash; empty for none. */
export function createGithubRecogniser(base = ''): Recogniser {
  return {
    claims: ({ host }) => knownSurface(host) !== undefined,
    needsBody(call) {
      const { rest, git } = surfaceOf(call.host);
      const request = git ? readGitRequests(call, base) : undefined;
      if (request) return gitNeedsBody(request);
      const { readings } = rest ? restReadings(call, base, NO_METHODS) : { readings: [] };
      const [reading, another] = readings;
      return (
        !reading || another !== undefined || !(FILES.has(reading.operation.id) || reading.operation.method === 'GET')
      );
    },
    recognise(call) {
      const { rest, git } = surfaceOf(call.host);
      const request = git ? readGitRequests(call, base) : undefined;
      if (rest && !request && isGraphql(call)) return graphqlActions(call, () => unknownAction(call));
      const { body, formMethods, hidden } = readRestBody(call);
      const overrides = call.method === 'POST' ? formMethods : NO_METHODS;
      const found: RestReadings = rest ? restReadings(call, base, overrides) : { readings: [], sure: false };
      const sure = found.sure && !request;
      const actions = found.readings.flatMap((reading) => restActions(reading, call, body, sure));
      const download = rest || request || isOverridden(call) ? undefined : downloadOf(call);
      if (download) return restActions(download, call, { state: 'none' }, true);
      const ofGit = request ? gitActions(request, call, found.readings.length === 0) : [];
      const strange = call.method === 'POST' && hidden && actions.length > 0;
      const all = [...ofGit, ...actions];
      return strange || all.length === 0 ? [...all, unknownAction(call)] : all;
    },
    envelope(call) {
      const request = surfaceOf(call.host).git ? readGitRequests(call, base) : undefined;
      return request && pushEnvelope(request, call);
    },
  };
}

function restActions({ operation, labels }: RestReading, call: Call, body: RestBody, sure: boolean): Action[] {
  const read: RestBody = FILES.has(operation.id) ? { state: 'none' } : body;
  const given = givenIn(read, call.query);
  const tags = earned(operation.id, tagsOf(operation.id), given, labels);
  const resource = resourceOf(labels);
  const params = paramsOf(labels, read, call.query);
  // Nobody reads the body or the query of a GET for what it changes.
  const clear = sure && (operation.method === 'GET' || given.clear);
  const action: Action = {
    provider: 'github',
    service: operation.service,
    operation: operation.name,
    name: `github:${operation.id}`,
    level: levelOf(operation, tags),
    levelSource: 'catalogue',
    tags,
    resource,
    params,
    summary: summaryOf(operation, resource, params),
    confidence: clear ? 'exact' : 'ambiguous',
  };
  const target = targetOf(operation.id, given);
  return target ? [action, { ...action, resource: target }] : [action];
}

function unknownAction(call: Call): Action {
  return {
    provider: 'github',
    service: '',
    operation: '',
    name: 'github:unknown',
    level: 'unknown',
    levelSource: 'rule',
    tags: [],
    resource: {},
    params: {},
    summary: `${call.method} ${shortenedText(url(call), 200)}: no operation of GitHub that is known here`,
    confidence: 'unknown',
  };
}
