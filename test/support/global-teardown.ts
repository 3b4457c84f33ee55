import { rm } from 'node:fs/promises'

export default async function globalTeardown(): Promise<void> {
  const cluster = globalThis.joinderTestCluster
  if (cluster === undefined) return
  await cluster.postgres.stop()
  await rm(cluster.folder, { recursive: true, force: true })
}
