// nginx twice: as the upstream that answers 1 KiB, and as a peer that proxies to it with one worker and kept connections.
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Core, listening, start } from './processes.ts';

async function startNginx(core: Core, dir: string, port: number, http: string): Promise<ChildProcess> {
  mkdirSync(dir, { recursive: true });
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((each) => `${each}_temp_path ${dir}/${each};`);
  const conf = `daemon off; worker_processes 1; pid ${dir}/pid; error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 300s; ${temps.join(' ')}
  ${http}
}`;
  writeFileSync(join(dir, 'nginx.conf'), conf);
  const child = start(core, ['nginx', '-e', 'stderr', '-p', dir, '-c', join(dir, 'nginx.conf')]);
  await listening(port, child);
  return child;
}

/** Answers `GET /1k` with 1 KiB from a file. */
export function startUpstream(dir: string, port: number): Promise<ChildProcess> {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, '1k'), 'x'.repeat(1024));
  return startNginx(
    'load',
    dir,
    port,
    `sendfile on; tcp_nopush on; open_file_cache max=10; server { listen 127.0.0.1:${port} backlog=4096; root ${dir}; }`,
  );
}

/** Proxies everything to the upstream. */
export function startProxy(dir: string, port: number, upstream: number): Promise<ChildProcess> {
  return startNginx(
    'proxy',
    dir,
    port,
    `upstream up { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${port} backlog=4096; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; } }`,
  );
}
