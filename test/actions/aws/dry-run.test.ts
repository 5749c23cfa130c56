// Trial runs of EC2 change nothing; what only looks like one is what it is without.
import { describe, expect, it } from 'vitest';
import { call as callTo, FORM, form, recognise } from './calls.ts';

const FORMED = { headers: FORM };

const told = (action: string, more: string): readonly string[] =>
  recognise(form('ec2', `Action=${action}&Version=2016-11-15${more}`)).map(
    ({ name, level, tags, confidence }) => `${name} ${level} ${tags.join()} ${confidence}`,
  );

describe('DryRun', () => {
  it('makes a change a read', () => {
    expect(told('TerminateInstances', '&InstanceId.1=i-1&DryRun=true')).toEqual([
      'aws:ec2:TerminateInstances read  exact',
    ]);
    expect(recognise(form('ec2', 'Action=StopInstances&Version=2016-11-15&DryRun=true'))[0]?.params).toMatchObject({
      DryRun: 'true',
    });
  });

  it('leaves what it hands over', () => {
    const found = told(
      'RunInstances',
      '&ImageId=ami-1&MinCount=1&MaxCount=1&IamInstanceProfile.Name=admin&DryRun=true',
    );
    expect(found[0]).toBe('aws:ec2:RunInstances read  exact');
    expect(found.slice(1).every((each) => each.startsWith('aws:iam:PassRole write privilege-escalation'))).toBe(true);
    expect(found.length).toBe(2);
  });

  it.each([
    '&DryRun=false',
    '&DryRun=True',
    '&DryRun=1',
    '&DryRun',
    '&dryRun=true',
    '&DryRun=true&dryrun=false',
    '&DryRun=true&DryRun=false',
    '&DryRun=true&DryRun=true',
    '&DryRun.1=true',
    '&DryRun=true;DryRun=false',
    '&%44ryRun=true&DryRun=false',
    '&DryRun=true%00',
  ])('is not %s', (more) => {
    expect(told('TerminateInstances', `&InstanceId.1=i-1${more}`).join()).not.toMatch(
      /TerminateInstances (?:read|list)/,
    );
  });

  it('is none of an operation that does not take it', () => {
    expect(told('ModifyHosts', '&HostId.1=h-1&DryRun=true')[0]).toMatch(/^aws:ec2:ModifyHosts write/);
  });

  it('is none in a body that is still to come, or where the query says otherwise', () => {
    const call = form('ec2', 'Action=TerminateInstances&Version=2016-11-15&DryRun=true');
    const tried = (made: typeof call): boolean =>
      recognise(made).some(({ name, level }) => name === 'aws:ec2:TerminateInstances' && level === 'read');
    expect(tried(call)).toBe(true);
    expect(tried({ ...call, body: { state: 'unread' } })).toBe(false);
    expect(tried({ ...call, query: 'DryRun=false' })).toBe(false);
    expect(tried({ ...call, query: 'x=%zz&DryRun=false' })).toBe(false);
  });

  const BARE = 'Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-1';
  const POSTED = form('ec2', BARE);
  it.each([
    // Which of the two places counts, and what becomes of the body of a GET, is the server's to say.
    ['beside the form', { ...POSTED, query: 'DryRun=true' }],
    ['in a form beside the action', { ...form('ec2', 'DryRun=true'), query: BARE }],
    ['in the form of a GET', { ...form('ec2', 'DryRun=true'), method: 'GET', query: BARE }],
    // Older ones of the API than the one that knows it.
    ['of another version', form('ec2', `${BARE.replace('2016-11-15', '2006-06-26')}&DryRun=true`)],
    ['of no version', form('ec2', `${BARE.replace('&Version=2016-11-15', '')}&DryRun=true`)],
    ['of two versions', form('ec2', `${BARE}&Version=2010-01-01&DryRun=true`)],
    ['at a host that only speaks like EC2', callTo('POST /', { ...FORMED, scope: 'ec2', body: `${BARE}&DryRun=true` })],
  ])('is none %s', (_where, made) => {
    const found = recognise(made);
    expect(found.some(({ name }) => name === 'aws:ec2:TerminateInstances')).toBe(true);
    expect(found.some(({ name, level }) => name === 'aws:ec2:TerminateInstances' && level === 'read')).toBe(false);
  });

  it('is one in the query of a GET', () => {
    const asked = callTo(`GET https://ec2.us-east-1.amazonaws.com/?${BARE}&DryRun=true`, { scope: 'ec2' });
    expect(recognise(asked).map(({ name, level }) => `${name} ${level}`)).toEqual(['aws:ec2:TerminateInstances read']);
  });
});
