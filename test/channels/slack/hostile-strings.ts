// Over 500 texts that try to be something else: markup, mentions, links, controls, other directions, invisible letters, limits.

const MARKUP = [
  '<!channel>',
  '<!here>',
  '<!everyone>',
  '<@U0FIRST>',
  '<#C0APPROVALS>',
  '<https://evil.example.com|Approve>',
  '<mailto:a@b.c|mail>',
  '<!date^0^{date}|now>',
  '<!subteam^S1>',
  '*bold*',
  '_italic_',
  '~strike~',
  '`code`',
  '```block```',
  '``` *out* ```',
  '> quote',
  ':white_check_mark: verified',
  '&lt;!channel&gt;',
  '&amp;lt;',
  '[link](https://evil.example.com)',
  'https://evil.example.com/approve',
  'mailto:a@b.c',
  'tel:+1',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '{"type":"mrkdwn","text":"*x*"}',
  '\\u003c!channel\\u003e',
  'Approved by boss@example.com',
  '✅ Done, approved by ann@example.com: HTTP 200',
  "'; DROP TABLE approvals; --",
  '${env:SECRET}',
  '{{7*7}}',
  '%3C!channel%3E',
  '＜!channel＞',
  '‹!channel›',
];

const UNSEEN = [
  0x00, 0x01, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0xa0, 0xad, 0x034f, 0x061c,
  0x115f, 0x1160, 0x17b4, 0x180b, 0x180e, 0x2000, 0x2003, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029,
  0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x202f, 0x205f, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x2066, 0x2067,
  0x2068, 0x2069, 0x206a, 0x206f, 0x2800, 0x3000, 0x3164, 0xd800, 0xdfff, 0xe000, 0xfe00, 0xfe0f, 0xfeff, 0xffa0,
  0xfff9, 0xfffa, 0xfffb, 0xffff, 0x1d173, 0xe0001, 0xe0020, 0xe007f, 0xe0100, 0xf0000, 0x10ffff,
];

const LONG = [
  0, 1, 74, 75, 149, 150, 151, 299, 300, 899, 900, 901, 1500, 2000, 2399, 2400, 2401, 2999, 3000, 3001, 4096, 16_000,
  40_001,
];

/** Each of them once. */
export function hostileStrings(): string[] {
  const unseen = UNSEEN.map((code) => String.fromCodePoint(code));
  return [
    ...new Set([
      ...MARKUP,
      ...MARKUP.map((text) => `${text}\n${text}`),
      ...MARKUP.map((text) => `a ${text} b`.repeat(40)),
      ...unseen,
      ...unseen.map((char) => `safe${char}txt.exe`),
      ...unseen.map((char) => char.repeat(50)),
      ...MARKUP.flatMap((text) => ['\u202e', '\u200b', '\n'].map((char) => [...text].join(char))),
      ...LONG.map((length) => 'x'.repeat(length)),
      ...LONG.map((length) => '💥'.repeat(Math.ceil(length / 2))),
      ...LONG.map((length) => '&'.repeat(length)),
      ...LONG.map((length) => `e${'\u0301'.repeat(length)}`),
      ...LONG.map((length) => '\u202e'.repeat(Math.min(length, 5000))),
      ...LONG.map((length) => '<!channel>'.repeat(Math.ceil(length / 10))),
    ]),
  ];
}
