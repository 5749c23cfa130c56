// Whether a call may be signed for what its agent signed it for: the upstream's host, where it is one of AWS, has the last word.
import { awsCatalogue } from '../../actions/aws/catalogue.ts';
import { hostOf } from '../../actions/aws/endpoint.ts';
import type { Call } from '../../core/call.ts';
import type { Upstream } from '../../core/upstream.ts';

/** What is wrong, fit for the agent; undefined where the call can be signed, or is not signed by the gate. */
export function wrongSignature({ credential }: Upstream, call: Call): string | undefined {
  if (!credential?.aws) return undefined;
  const { signedFor, host } = call;
  if (!signedFor) {
    return 'Sign the call with the AWS access key that this gate issued to you: calls to this upstream are signed anew for the service and region that you sign for.';
  }
  const catalogue = awsCatalogue();
  const named = hostOf(call, catalogue);
  if (!named) return undefined;
  const { service, region } = signedFor;
  const signed = catalogue.bySigningName.get(service) ?? [];
  if (named.services.length > 0 && !named.services.some((each) => signed.includes(each))) {
    return `The call is signed for the service "${service}", and ${host} is not a host of it.`;
  }
  if (named.region !== undefined && named.region !== region) {
    return `The call is signed for the region "${region}", and ${host} is in ${named.region}.`;
  }
  return undefined;
}
