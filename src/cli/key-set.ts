// The public keys that a verification trusts, from a file: a JWK set, or one key. No message repeats what is in the file: it may be another one.
import { readFileSync } from 'node:fs';
import { fileTrouble } from '../core/file-trouble.ts';
import { createJwsVerifier, type JwsVerifier } from '../signers/jws-verifier.ts';

/** Rejects with a message that begins with the path. */
export async function readKeySet(path: string): Promise<JwsVerifier> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${path}: ${fileTrouble(error)}`, { cause: error });
  }
  const value = parsed(path, text);
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : [value];
  if (!Array.isArray(keys) || keys.length === 0) throw new Error(`${path}: expected a JWK set: {"keys":[…]}`);
  return createJwsVerifier(keys).catch((error: unknown) => {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  });
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path}: is not JSON; expected the gate's public.json`);
  }
}
