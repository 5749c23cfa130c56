// git over HTTP, at any server. At an upstream of `kind: git`, and at services that are known, a request of git is that and nothing else, and what
// is none is plain HTTP. At other hosts a path that looks like one is read as both, for who answers there is not known.
import type { Action } from '../../core/action.ts';
import { decodeLenient } from '../../core/body/percent.ts';
import { recogniseHttp } from '../http.ts';
import type { Recogniser } from '../recogniser.ts';
import { gitActions, gitNeedsBody, pushEnvelope } from './git-actions.ts';
import { readGitRequests } from './git-request.ts';

/** Services whose paths of this kind are git's, whoever calls them. GitHub has a family of its own. */
const SERVICES =
  /^(?:gitlab\.com|bitbucket\.org|codeberg\.org|dev\.azure\.com|[a-z0-9-]+\.visualstudio\.com)(?::443)?$/;

/** Their APIs and pages, some of whose paths end in a name of the caller's choice: `/api/v4/projects/1/repository/files/git-upload-pack`. */
const NO_REPOSITORY = /^\/+(?:api|!api|rest)\/|\/(?:-|_apis)\//i;

/** `configured`: the upstream is a git server. `base`: its own path, without a trailing slash; empty for none. */
export function createGitRecogniser(configured: boolean, base = ''): Recogniser {
  return {
    claims: (call) => readGitRequests(call, base) !== undefined,
    needsBody(call) {
      const request = readGitRequests(call, base);
      return request !== undefined && gitNeedsBody(request);
    },
    recognise(call) {
      const request = readGitRequests(call, base);
      if (!request) return recogniseHttp(call);
      const known = configured || (SERVICES.test(call.host) && !NO_REPOSITORY.test(decodeLenient(call.path)));
      const actions: readonly Action[] = gitActions(request, call, known, true);
      return known && request.sure ? actions : [...actions, ...recogniseHttp(call)];
    },
    envelope(call) {
      const request = readGitRequests(call, base);
      return request && pushEnvelope(request, call);
    },
  };
}
