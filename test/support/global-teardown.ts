import { missingLooks } from './seen-pages'

/** Ends the cluster of this run; with pictures, says which pages it did not see in every look. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.joinderTestCluster?.stop()
  const pictures = process.env['PICTURES']
  const missing = pictures ? missingLooks(pictures) : []
  if (missing.length > 0) process.stderr.write(`Not seen:\n${missing.join('\n')}\n`)
}
