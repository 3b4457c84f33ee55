/** Ends the cluster of this run. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.joinderTestCluster?.stop()
}
