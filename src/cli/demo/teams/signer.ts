// Bot Framework's side of what Teams posts, for the local Teams and for tests: a key, its published half, and tokens.
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export interface FakeSigner {
  /** As Bot Framework publishes it. */
  readonly jwk: Readonly<Record<string, unknown>>;
  /** A token over exactly these claims. */
  sign(claims: JWTPayload, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function createFakeSigner(
  kid: string,
  endorsements: readonly string[] | undefined = ['msteams'],
): Promise<FakeSigner> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', ...(endorsements && { endorsements }) };
  return {
    jwk,
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT', ...header }).sign(privateKey),
  };
}
