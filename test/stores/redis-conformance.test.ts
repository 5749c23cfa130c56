// The same suite as for SQLite, on a real Redis: one server, a prefix for each test.
import { approvalStoreConformance } from '../conformance/approval-store.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { redisSettings } from './redis-store.ts';
import { redisUnderTest } from './redis-under-test.ts';

let tests = 0;

describeRedis('on Redis', () => {
  const redis = useRedis({ appendfsync: 'no' });

  approvalStoreConformance('Redis', () =>
    redisUnderTest(redisSettings(redis().port, { prefix: `conformance-${++tests}` })),
  );
});
