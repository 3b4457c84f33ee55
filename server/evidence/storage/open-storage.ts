import type { Config } from '../../config'
import { folderStorage } from './folder-storage'
import { s3Storage } from './s3-storage'
import type { Storage } from './storage'

/** The store that the settings name: S3, or a folder of this machine. */
export function openStorage({ documents }: Pick<Config, 'documents'>): Storage {
  return documents.s3 ? s3Storage(documents.s3) : folderStorage(documents.folder)
}
