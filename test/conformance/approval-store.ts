// What every ApprovalStore must do, sentence by sentence of the port. An adapter's test is a factory and one call.
import { afterEach, beforeEach, describe } from 'vitest';
import { appendingSuite } from './store-appending.ts';
import { findingSuite } from './store-finding.ts';
import { createStoreHarness, type StoreUnderTest } from './store-harness.ts';
import { keepingSuite } from './store-keeping.ts';
import { leasingSuite } from './store-leasing.ts';
import { openingSuite } from './store-opening.ts';

export function approvalStoreConformance(name: string, factory: () => Promise<StoreUnderTest>): void {
  describe(`${name} as an approval store`, () => {
    const harness = createStoreHarness();
    beforeEach(async () => {
      harness.subject = await factory();
      harness.store = harness.subject.store;
    });
    afterEach(() => harness.subject.close());

    openingSuite(harness);
    appendingSuite(harness);
    findingSuite(harness);
    keepingSuite(harness);
    leasingSuite(harness);
  });
}
