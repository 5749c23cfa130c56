// The agents of the memory measurement, in a process of their own: many connections, each with one held call of 2 KiB.
// Prints `sent` when every call is on its way, then `answered N` when stdin closes: how many got an answer by then.
import { connect } from 'node:net';

const [port, count, authorization] = process.argv.slice(2);
const ABREAST = 64;
let answered = 0;

function hold(id: number): Promise<void> {
  const body = JSON.stringify({ id, filler: 'x'.repeat(2048) }).slice(0, 2046) + '"}';
  const head = [
    `POST /bench/held/${id} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: ${authorization}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Prefer: wait=540',
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, () => resolve());
    });
    socket.once('data', () => answered++).on('error', reject);
  });
}

let next = 0;
await Promise.all(
  Array.from({ length: ABREAST }, async () => {
    while (next < Number(count)) await hold(next++);
  }),
);
process.stdout.write('sent\n');
process.stdin.resume().once('end', () => {
  process.stdout.write(`answered ${answered}\n`, () => process.exit(0));
});
