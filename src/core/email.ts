// What counts as an e-mail address where one names a human. No quoted local parts, no comments: such spellings only serve to
// let one human look like two.
const EMAIL =
  /^[A-Za-z0-9](?:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,62}[A-Za-z0-9_+-])?@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}$/;

/** Whether the text is a plain `local@domain` address of at most 254 characters (RFC 5321 §4.5.3.1). */
export function isEmail(text: string): boolean {
  return text.length <= 254 && EMAIL.test(text) && !text.includes('..');
}
