import type { Request, RequestHandler } from 'express'
import multer, { MulterError } from 'multer'
import { Problem } from '../kernel/problem'
import type { Limits } from '../limits'
import { bearsToken } from '../web/csrf'
import { memoryGate } from './memory-gate'

/** What a request to upload held; a file that is too large is told as such and was not kept. */
export interface Upload {
  file: { name: string; bytes: Buffer } | null
  kind: unknown
  tooLarge: boolean
}

const key = Symbol('upload')

/** The form around the file: its fields, their names, the boundaries. */
const formBytes = 16 * 1024
/** As received, joined together, encrypted, and encrypted joined with its nonce and tag. */
const copies = 4

/**
 * Reads one file of a multipart form into memory, never onto a disk, after the fields before it have
 * shown the token of the session. Memory is bounded: each request reserves four times what it announces,
 * and is asked to come again when that does not fit beside the others; one from which nothing comes for a
 * while is given up.
 * @throws Problem('unavailable') when there is no room now; Problem('bad_request') for a form of another shape
 */
export function readUpload(limits: Limits): RequestHandler {
  const gate = memoryGate(limits.uploadMemoryBytes)
  const most = limits.documentBytes + formBytes
  const read = multer({
    storage: multer.memoryStorage(),
    // Without it Korean names come as mojibake.
    defParamCharset: 'utf8',
    limits: { files: 1, fields: 8, parts: 9, fieldSize: 1_024, fileSize: limits.documentBytes },
    fileFilter: (req, _file, take) => take(null, bearsToken(req)),
  }).single('file')

  return (req, res, next) => {
    const announced = Number(req.headers['content-length'] ?? Number.NaN)
    if (announced > most) {
      passOver(req, announced, limits, (whole) => {
        if (!whole) res.setHeader('Connection', 'close')
        setUpload(req, { file: null, kind: undefined, tooLarge: true })
        next()
      })
      return
    }
    const leave = gate.enter((Number.isNaN(announced) ? most : announced) * copies)
    if (!leave) return next(new Problem('unavailable', { retryAfterSeconds: 5 }))
    res.once('close', leave)
    req.setTimeout(limits.uploadIdleMs, () => req.destroy())
    read(req, res, (error?: unknown) => {
      req.setTimeout(0)
      const { code } = error instanceof MulterError ? error : {}
      if (error && code !== 'LIMIT_FILE_SIZE') return next(new Problem('bad_request'))
      const { file } = req
      setUpload(req, {
        file: file ? { name: file.originalname, bytes: file.buffer } : null,
        kind: ((req.body ?? {}) as Record<string, unknown>)['kind'],
        tooLarge: code === 'LIMIT_FILE_SIZE',
      })
      next()
    })
  }
}

/** What readUpload found. */
export function uploadOf<Params>(req: Request<Params>): Upload {
  return (req as Request<Params> & { [key]: Upload })[key]
}

function setUpload(req: Request, upload: Upload): void {
  Object.assign(req, { [key]: upload })
  // A form without a body that was read has no token either.
  req.body ??= {}
}

/**
 * Lets a body go by that is too large: a browser that is still sending shows no answer. One that is
 * larger than anybody sends by mistake is cut off. `then` hears whether it went by to its end.
 */
function passOver(
  req: Request,
  announced: number,
  { uploadDrainBytes, uploadIdleMs }: Limits,
  then: (whole: boolean) => void,
): void {
  if (announced > uploadDrainBytes) return then(false)
  req.setTimeout(uploadIdleMs, () => req.destroy())
  req.once('end', () => {
    req.setTimeout(0)
    then(true)
  })
  req.resume()
}
