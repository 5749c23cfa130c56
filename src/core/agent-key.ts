// An agent's access key of AWS's shape. Its id says which data key its secret is made from, the secret binds id and agent: whoever
// edits a record can neither make a key nor give one to another agent. Both begin so that nobody takes them for AWS's own.

/** No key of AWS begins so (those begin with A). */
const PREFIX = 'HGAK';
const SECRET_PREFIX = 'holdgate';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ID = /^HGAK[A-Z2-7]{16}$/;
/** Random bytes of an id. */
export const KEY_ID_BYTES = 9;

/** 20 upper-case letters and digits. `dataKey`: 1–255; `random`: KEY_ID_BYTES of it. */
export function agentKeyId(dataKey: number, random: Uint8Array): string {
  let bits = 0n;
  for (const byte of [dataKey, ...random]) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let i = 0; i < 16; i++) {
    text = `${BASE32[Number(bits & 31n)] ?? ''}${text}`;
    bits >>= 5n;
  }
  return PREFIX + text;
}

export const isAgentKeyId = (text: string): boolean => ID.test(text);

/** The data key of an id, 0–255. */
export function dataKeyOf(id: string): number {
  const [first = '', second = ''] = id.slice(PREFIX.length);
  return (BASE32.indexOf(first) << 3) | (BASE32.indexOf(second) >> 2);
}

/** What a secret is made for. */
export const agentKeyContext = (id: string, agent: string): string => `aws-agent-key ${id} ${agent}`;

/** 40 characters of `derived`, 24 bytes. */
export function agentKeySecret(derived: Uint8Array): string {
  return SECRET_PREFIX + Buffer.from(derived).toString('base64');
}
