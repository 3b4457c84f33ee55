import { startTestCluster, type TestCluster } from './cluster'

declare global {
  var joinderTestCluster: TestCluster | undefined
}

/** Once a run: the cluster all test files clone their databases in. */
export default async function globalSetup(): Promise<void> {
  const cluster = await startTestCluster()
  globalThis.joinderTestCluster = cluster
  process.env['JOINDER_TEST_PORT'] = String(cluster.postgres.port)
}
