import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startTestCluster, type TestCluster } from './cluster'

declare global {
  var joinderTestCluster: TestCluster | undefined
}

/** Once a run: the cluster all test files clone their databases in, and the place where they note pages. */
export default async function globalSetup(): Promise<void> {
  const cluster = await startTestCluster()
  globalThis.joinderTestCluster = cluster
  process.env['JOINDER_TEST_PORT'] = String(cluster.postgres.port)
  process.env['JOINDER_TEST_LOOKED'] = join(cluster.folder, 'looked')
  await mkdir(join(cluster.folder, 'looked'))
}
