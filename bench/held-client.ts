// The agents of the memory measurement, in a process of their own: many connections, each with one held call of 2 KiB.
// Prints one line for each that is answered: its number and what it was told; who is told to try again does.
import { connect } from 'node:net';

const [port, count, authorization] = process.argv.slice(2);
const ABREAST = 64;
const AGAIN_MS = 1_000;

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
  const request = `${head.join('\r\n')}\r\n\r\n${body}`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(request, () => resolve()));
    socket.on('data', (chunk: Buffer) => {
      const answer = chunk.toString('latin1');
      process.stdout.write(`${id}: ${JSON.stringify(answer)}\n`);
      if (answer.startsWith('HTTP/1.1 503 ')) setTimeout(() => socket.write(request), AGAIN_MS);
    });
    socket.on('error', reject);
  });
}

let next = 0;
await Promise.all(
  Array.from({ length: ABREAST }, async () => {
    while (next < Number(count)) await hold(next++);
  }),
);
