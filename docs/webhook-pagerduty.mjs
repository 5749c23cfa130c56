#!/usr/bin/env node
// Pages whoever is on call while an approval waits: an incident is opened with it and resolved when it is decided, by whomever and wherever.
// HOLDGATE_WEBHOOK_SECRET=… PAGERDUTY_ROUTING_KEY=… node webhook-pagerduty.mjs      (further settings: webhook-receiver.mjs)
// Events API v2: https://developer.pagerduty.com/docs/events-api-v2/trigger-events
import { receive } from './webhook-receiver.mjs';

const { PAGERDUTY_ROUTING_KEY: key = '', PAGERDUTY_URL: url = 'https://events.pagerduty.com/v2/enqueue' } = process.env;
const SEVERITY = { critical: 'critical', high: 'error', medium: 'warning', low: 'info' };

receive(async ({ data: { approval, approval_url: link } }) => {
  const waits = approval.status === 'pending';
  // The id of the approval ties all events to one incident, however often and in which order they come.
  const event = { routing_key: key, dedup_key: approval.id, event_action: waits ? 'trigger' : 'resolve' };
  const summary = `${approval.risk} risk: ${approval.agent} asks for approval: ${approval.summary}`;
  const payload = {
    summary: summary.length > 1024 ? `${summary.slice(0, 1023)}…` : summary,
    source: approval.agent,
    severity: SEVERITY[approval.risk] ?? 'warning',
    custom_details: { decide: `holdgate approvals show ${approval.id}`, expires: approval.expires_at, owner: approval.owner },
  };
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(waits ? { ...event, payload, client: 'Holdgate', ...(link && { client_url: link }) } : event),
    signal: AbortSignal.timeout(10_000),
  });
  if (answer.status !== 202) throw new Error(`PagerDuty answered ${answer.status}`);
});
