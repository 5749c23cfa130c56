// One connection through the fault proxy. Requests and replies are told apart, so that a fault can strike between the moment at which
// Redis did something and the moment at which the client hears of it.
import { connect, type Socket } from 'node:net';
import { createLane, type Flow, type Lane } from './fault-lane.ts';
import { asText, createRespReader, type Frame } from './resp.ts';

/** One command as the proxy sees it. */
export interface Request {
  /** Name in upper case and arguments, as text. */
  readonly command: readonly string[];
  readonly bytes: Buffer;
}

export interface LinkEvents {
  /** Before the request is passed on. */
  request(link: Link, request: Request): void;
  /** The server has answered; before the reply is passed on. */
  reply(link: Link, request: Request | undefined): void;
  closed(link: Link): void;
}

export interface Link {
  readonly requests: Lane;
  readonly replies: Lane;
  flow(flow: Flow): void;
  /** RST to both sides. */
  reset(): void;
  /** The client is there. */
  readonly open: () => boolean;
}

function requestOf({ value, bytes }: Frame): Request {
  const words = asText(value);
  const [name = '', ...rest] = Array.isArray(words) ? words.map(String) : [String(words)];
  return { command: [name.toUpperCase(), ...rest], bytes };
}

/** `delays` give ms for each direction. `opaque`: not RESP (TLS, say); chunks pass as they come, and nobody counts them. */
export function createLink(
  client: Socket,
  target: number,
  delays: { readonly requests: () => number; readonly replies: () => number },
  events: LinkEvents,
  opaque: boolean,
): Link {
  const server = connect(target, '127.0.0.1').setNoDelay(true);
  client.setNoDelay(true);
  const [requests, replies] = [createLane(server, delays.requests), createLane(client, delays.replies)];
  const unanswered: Request[] = [];
  const [readRequests, readReplies] = [createRespReader(), createRespReader()];
  let over = false;

  const finish = (): void => {
    if (over) return;
    over = true;
    requests.close();
    replies.close();
    events.closed(link);
  };
  const link: Link = {
    requests,
    replies,
    flow(flow) {
      requests.flow(flow);
      replies.flow(flow);
    },
    reset() {
      finish();
      client.resetAndDestroy();
      server.resetAndDestroy();
    },
    open: () => !over && !client.destroyed,
  };

  client.on('data', (chunk: Buffer) => {
    if (opaque) return requests.send(chunk);
    for (const frame of readRequests(chunk)) {
      if (over) return;
      const request = requestOf(frame);
      unanswered.push(request);
      events.request(link, request);
      if (!over) requests.send(frame.bytes);
    }
  });
  server.on('data', (chunk: Buffer) => {
    if (opaque) return replies.send(chunk);
    for (const frame of readReplies(chunk)) {
      if (over) return;
      events.reply(link, frame.push ? undefined : unanswered.shift());
      if (!over) replies.send(frame.bytes);
    }
  });
  // What a client sent before it went is still carried out, as its kernel would see to: perhaps much later.
  client
    .on('error', () => undefined)
    .on('close', () => {
      if (server.destroyed) finish();
      else requests.end();
    });
  server
    .on('error', () => undefined)
    .on('close', () => {
      if (client.destroyed) finish();
      else replies.end();
    });
  return link;
}
