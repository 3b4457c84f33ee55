import type { S3Client } from '@aws-sdk/client-s3'
import { ConfigError, type S3Settings } from '../../config'
import { isObjectId, StorageMissing, type Storage } from './storage'

type Sdk = typeof import('@aws-sdk/client-s3')

/** Any S3-compatible store; the library is optional and loaded when the first file goes there. */
export function s3Storage(settings: S3Settings): Storage {
  const { bucket, prefix } = settings
  let connected: Promise<{ sdk: Sdk; client: S3Client }> | undefined
  const connect = () => (connected ??= connectTo(settings))
  const where = (id: string) => {
    if (!isObjectId(id)) throw new Error('not the name of a stored file')
    return { Bucket: bucket, Key: prefix + id }
  }
  return {
    async put(id, bytes) {
      const { sdk, client } = await connect()
      const type = 'application/octet-stream'
      await client.send(new sdk.PutObjectCommand({ ...where(id), Body: bytes, ContentType: type }))
    },
    async get(id) {
      const { sdk, client } = await connect()
      try {
        const { Body: body } = await client.send(new sdk.GetObjectCommand(where(id)))
        return Buffer.from(await body!.transformToByteArray())
      } catch (error) {
        const { name } = error as Error
        throw name === 'NoSuchKey' ? new StorageMissing('a stored file is missing') : error
      }
    },
    async remove(id) {
      const { sdk, client } = await connect()
      await client.send(new sdk.DeleteObjectCommand(where(id)))
    },
    async *list() {
      const { sdk, client } = await connect()
      let after: string | undefined
      do {
        const page = await client.send(
          new sdk.ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            ...(after !== undefined && { ContinuationToken: after }),
          }),
        )
        for (const { Key: key = '', LastModified: at } of page.Contents ?? []) {
          const id = key.slice(prefix.length)
          if (isObjectId(id) && at) yield { id, at }
        }
        after = page.NextContinuationToken
      } while (after !== undefined)
    },
  }
}

async function connectTo(settings: S3Settings): Promise<{ sdk: Sdk; client: S3Client }> {
  const sdk = await import('@aws-sdk/client-s3').catch(() => {
    throw new ConfigError('EVIDENCE_S3_URL is set; install @aws-sdk/client-s3 to use it.')
  })
  const { endpoint, region, accessKeyId, secretAccessKey } = settings
  const client = new sdk.S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    // Not every compatible store knows the newer checksums; the files authenticate themselves.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  return { sdk, client }
}
