// Which operations of EC2 know no dry run, against the model of the API itself: one that is missing here would be carried out.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { awsCatalogue } from '../../src/actions/aws/catalogue.ts';
import { EC2_WITHOUT_DRY_RUN } from '../../src/core/rehearsal.ts';

const MODEL = `
import botocore.session, json
model = botocore.session.get_session().get_service_model("ec2")
shapes = {name: model.operation_model(name).input_shape for name in model.operation_names}
print(json.dumps({name: bool(shape) and "DryRun" in shape.members for name, shape in shapes.items()}))
`;
const asked = spawnSync('python3', ['-c', MODEL], { encoding: 'utf8', timeout: 30_000 });

it('all of them are operations of the catalogue', () => {
  const catalogue = awsCatalogue();
  const ec2 = catalogue.heads.find(({ id }) => id === 'ec2');
  if (!ec2) throw new Error('the catalogue has no EC2');
  const { operations } = catalogue.service(ec2);
  expect([...EC2_WITHOUT_DRY_RUN].filter((name) => !operations.has(name))).toEqual([]);
  expect(EC2_WITHOUT_DRY_RUN.size).toBeGreaterThan(40);
});

it.skipIf(asked.status !== 0)('no operation of the catalogue is left out (needs botocore of Python)', () => {
  const known = JSON.parse(asked.stdout) as Readonly<Record<string, boolean>>;
  const catalogue = awsCatalogue();
  const ec2 = catalogue.heads.find(({ id }) => id === 'ec2');
  if (!ec2) throw new Error('the catalogue has no EC2');
  const names = [...catalogue.service(ec2).operations.keys()].filter((name) => name in known);
  expect(names.length).toBeGreaterThan(600);
  expect(names.filter((name) => known[name] === EC2_WITHOUT_DRY_RUN.has(name))).toEqual([]);
});
