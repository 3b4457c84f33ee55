/**
 * Where the encrypted files of documents stand: a folder of this machine, or an S3-compatible store. It
 * knows random ids and ciphertexts, nothing else; which file is whose is in the database.
 */
export interface Storage {
  /** Durable once it resolves, and never seen half written. */
  put(id: string, bytes: Buffer): Promise<void>
  /** @throws StorageMissing when there is no such file */
  get(id: string): Promise<Buffer>
  /** Harmless when it is gone already. */
  remove(id: string): Promise<void>
  /** Every file, by id in ascending order, with the moment it was written. */
  list(): AsyncIterable<{ id: string; at: Date }>
}

/** A file that a row names is not in the store. */
export class StorageMissing extends Error {
  override name = 'StorageMissing'
}

const ids = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether a name found in the store is one that was given there. */
export function isObjectId(name: string): boolean {
  return ids.test(name)
}
