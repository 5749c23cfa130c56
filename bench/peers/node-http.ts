// Peer: node:http that answers 1 KiB itself. Not a proxy: the floor for anything that is served with node:http.
import { createServer } from 'node:http';

const body = Buffer.alloc(1024, 'x');
createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length });
  response.end(body);
}).listen(Number(process.argv[2]), '127.0.0.1', 4096);
