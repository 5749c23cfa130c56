import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/compile-cache.ts', 'test/redis/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
export default config;
