// nginx twice: as the upstream that answers, and as a peer that proxies to it with kept connections.
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Core, listening, start } from './processes.ts';

interface Place {
  /** Default: `load` for the upstream, `proxy` for the proxy. */
  readonly core?: Core;
  /** Default 1. */
  readonly workers?: number;
}

interface Nginx extends Required<Place> {
  readonly dir: string;
  readonly port: number;
  readonly http: string;
}

async function startNginx({ core, workers, dir, port, http }: Nginx): Promise<ChildProcess> {
  mkdirSync(dir, { recursive: true });
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((each) => `${each}_temp_path ${dir}/${each};`);
  const conf = `daemon off; worker_processes ${workers}; pid ${dir}/pid; error_log stderr error;
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

/** Answers `GET /1k` with 1 KiB from a file, and anything below /held with `ok`. */
export function startUpstream(dir: string, port: number, { core = 'load' }: Place = {}): Promise<ChildProcess> {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, '1k'), 'x'.repeat(1024));
  return startNginx({
    core,
    workers: 1,
    dir,
    port,
    http: `sendfile on; tcp_nopush on; open_file_cache max=10;
  server { listen 127.0.0.1:${port} backlog=4096; root ${dir}; location /held/ { return 200 "ok"; } }`,
  });
}

/** Proxies everything to the upstream. */
export function startProxy(
  dir: string,
  port: number,
  upstream: number,
  { core = 'proxy', workers = 1 }: Place = {},
): Promise<ChildProcess> {
  return startNginx({
    core,
    workers,
    dir,
    port,
    http: `upstream up { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${port} backlog=4096${workers > 1 ? ' reuseport' : ''}; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; } }`,
  });
}
