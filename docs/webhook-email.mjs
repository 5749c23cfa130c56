#!/usr/bin/env node
// Mails approvers: when an approval opens, when they are reminded or asked as well, and when it is decided. Nobody can approve from a mail.
// HOLDGATE_WEBHOOK_SECRET=… MAIL_FROM=holdgate@example.com MAIL_TO=approvers@example.com SMTP_URL=smtp://127.0.0.1:25 node webhook-email.mjs
// SMTP_URL: smtp://host:25 of a relay of your own, or smtps://user:password@host:465. (Further settings: webhook-receiver.mjs)
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { receive } from './webhook-receiver.mjs';

const { MAIL_FROM: from = '', MAIL_TO: to = '', SMTP_URL: url = 'smtp://127.0.0.1:25' } = process.env;
const smtp = new URL(url);
const NEWS = { 'approval.opened': 'Approval needed', 'approval.nudged': 'Still waiting', 'approval.escalated': 'You are asked too' };
const ADDRESS = /^[^\s<>,]+@[^\s<>,]+$/;
const people = to.split(',').map((each) => each.trim());
if (![from, ...people].every((each) => ADDRESS.test(each))) {
  console.error('MAIL_FROM has to be an address, MAIL_TO one or several with commas.');
  process.exit(2);
}

/** RFC 2047: whatever the agent wrote, it cannot end the line or pass for another field. */
const word = (text) => `=?UTF-8?B?${Buffer.from(text, 'utf8').toString('base64')}?=`;
/** In pieces, because one encoded word has at most 75 characters. */
const words = (text) => [...text.matchAll(/.{1,14}/gsu)].map(([piece]) => word(piece)).join('\r\n ');

/** RFC 5322; the body in base64, so that nothing in it can end the message. */
export function mail({ type, data: { approval, approval_url: link } }, id, date) {
  const news = approval.status === 'pending' ? NEWS[type] : `Decided: ${approval.status}`;
  const text = [
    `${approval.agent} (owner: ${approval.owner}) wants to:`,
    '',
    `    ${approval.summary}`,
    '',
    `risk      ${approval.risk}`,
    `status    ${approval.status}`,
    `expires   ${approval.expires_at}`,
    ...approval.votes.map((vote) => `${vote.vote}   ${vote.by}${vote.reason ? `: ${vote.reason}` : ''}`),
    '',
    `Look at the whole call before you decide:  holdgate approvals show ${approval.id}`,
    ...(link ? [link] : []),
  ].join('\r\n');
  return [
    `From: Holdgate <${from}>`,
    `To: ${people.join(', ')}`,
    `Subject: ${words(`[${approval.risk}] ${news}: ${approval.summary.slice(0, 150)}`)}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    // The same if the same is sent again, so that mail systems can tell; and one thread for each approval.
    `Message-ID: <${id}@holdgate.invalid>`,
    `References: <${approval.id}@holdgate.invalid>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(Buffer.from(text, 'utf8').toString('base64').match(/.{1,76}/g) ?? []),
    '',
  ].join('\r\n');
}

/** RFC 5321: hands one message to the server, or rejects. */
async function send(message) {
  const secure = smtp.protocol === 'smtps:';
  const where = { host: smtp.hostname.replace(/^\[|\]$/g, ''), port: Number(smtp.port || (secure ? 465 : 25)) };
  const socket = secure ? connectTls(where) : connect(where);
  socket.setEncoding('latin1').on('error', () => {});
  socket.setTimeout(10_000, () => socket.destroy(new Error('the mail server does not answer')));
  const lines = (async function* () {
    let rest = '';
    for await (const chunk of socket) {
      const parts = (rest + chunk).split('\r\n');
      rest = parts.pop();
      yield* parts;
    }
    throw new Error('the mail server hung up');
  })();
  /** Says a line and waits for the last line of the answer. */
  const say = async (line, expected) => {
    if (line !== undefined) socket.write(`${line}\r\n`);
    for (;;) {
      const { value: answer } = await lines.next();
      if (answer[3] === '-') continue;
      if (!expected.test(answer)) throw new Error(`the mail server says ${answer.slice(0, 200)}`);
      return;
    }
  };
  try {
    await say(undefined, /^220/);
    await say('EHLO holdgate.invalid', /^250/);
    if (smtp.username) {
      if (!secure) throw new Error('a password only goes over smtps');
      const login = `\0${decodeURIComponent(smtp.username)}\0${decodeURIComponent(smtp.password)}`;
      await say(`AUTH PLAIN ${Buffer.from(login).toString('base64')}`, /^235/);
    }
    await say(`MAIL FROM:<${from}>`, /^250/);
    for (const each of people) await say(`RCPT TO:<${each}>`, /^25[01]/);
    await say('DATA', /^354/);
    await say(`${message}.`, /^250/);
    socket.write('QUIT\r\n');
  } finally {
    socket.end();
  }
}

/** Whose end was told: what follows it (sent, succeeded, …) is no news for a mailbox, and neither are votes and context before it. */
const told = new Set();

receive(async (event, id) => {
  const { approval } = event.data;
  const decided = approval.status !== 'pending';
  if (decided ? told.has(approval.id) : event.type === 'approval.changed') return;
  await send(mail(event, id, new Date()));
  if (decided) told.add(approval.id);
  if (told.size > 10_000) told.delete(told.values().next().value);
});
