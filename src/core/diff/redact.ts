// What of a resource may be shown to people who vote: not its secrets. Judged by names, and by what tokens look like. INVARIANT: it errs
// towards hiding; that a secret changes stays visible, what it is does not.
import type { JsonObject } from '../body/json.ts';

export const REDACTED = '[redacted]';

const SECRET =
  /pass(?:word|wd|phrase)|secret|(?:^|[a-z_-])token|^token|api[_-]?key|access[_-]?key|private[_-]?key|credential|authorization|connection[_-]?string|^pwd$|^key$|^auth$|client[_-]?key|encryption[_-]?key|signing[_-]?key|webhook[_-]?url/i;
/** What is said about a secret, or where it is. */
const ABOUT =
  /(?:names?|ids?|arns?|refs?|types?|kind|status|state|count|size|version|policy|length|ttl|expiry|expires(?:_?at|_?in)?|expiration(?:seconds)?|enabled|required|rotation|rotated|at|namespace|provider|scope|path|store|manager|algorithm|usage|mode)$/i;
const TOKEN =
  /-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bxox[abpros]-[\w-]{10,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*|\bhg_[\w-]{20,}|\bsk-[\w-]{16,}|\bsk_(?:live|test)_\w{8,}|\bAIza[\w-]{30,}|:\/\/[^\s/@:]+:[^\s/@]+@/;

export function isSecretName(name: string): boolean {
  return SECRET.test(name) && !ABOUT.test(name);
}

/** A text that is a credential, whatever it is called. */
export function isSecretText(text: string): boolean {
  return TOKEN.test(text);
}

/** True for the members of a map that keep a secret: of a Kubernetes secret all data, of `{name: DB_PASSWORD, value: …}` the value. */
export function hiddenMember(map: JsonObject, name: string): boolean {
  if (isSecretName(name)) return true;
  if (/^(?:data|stringData|binaryData)$/.test(name)) return map.get('kind') === 'Secret';
  if (name === 'value' || name === 'Value') {
    const label = map.get('name') ?? map.get('Name') ?? map.get('key') ?? map.get('Key');
    return typeof label === 'string' && isSecretName(label);
  }
  return false;
}
