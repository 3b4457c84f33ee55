import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from '@20minutes/s3rver'

export interface S3Server {
  /** the settings of Joinder that lead there */
  env: Record<string, string>
  /** where it keeps what it was given */
  folder: string
  close(): Promise<void>
}

/**
 * An S3-compatible server in this process with one bucket. It checks signatures, but computes that of a
 * bucket's own address without the slash that the SDK signs: to list what is there, it must let them pass.
 */
export async function openS3({ lists = false } = {}): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'joinder-s3-'))
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    allowMismatchedSignatures: lists,
    directory: folder,
    configureBuckets: [{ name: 'documents' }],
  })
  const { port } = await server.run()
  return {
    env: {
      EVIDENCE_S3_URL: `http://127.0.0.1:${port}/documents/joinder`,
      EVIDENCE_S3_KEY_ID: 'S3RVER',
      EVIDENCE_S3_SECRET: 'S3RVER',
    },
    folder,
    async close() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
