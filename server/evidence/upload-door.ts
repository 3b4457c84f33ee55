import type { Request, RequestHandler, Response } from 'express'
import { createSealer } from '../vault/sealer'
import { textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { addressOf, limit } from '../web/rate-limit'
import type { Refusal } from './check-document'
import { isDocumentKind } from './document'
import { refusalWords } from './document-pages'
import { readUpload, uploadOf } from './read-upload'
import { sendDocument, type Door, type SendDeps, type Sent } from './send-document'
import { openStorage } from './storage/open-storage'

/** `expired`: the form's token was not that of the session; nothing was read then. */
export type Uploaded = Sent | 'expired'

type UploadDoor = ReturnType<typeof makeDoor>

const doors = new WeakMap<AppDeps, UploadDoor>()

/**
 * What every way to upload is made of, whoever may go it: one for all pages of a surface that take
 * documents, because it bounds their memory together. A page adds who may send for which claim, and what
 * is shown.
 */
export function uploadDoor(deps: AppDeps): UploadDoor {
  const door = doors.get(deps) ?? makeDoor(deps)
  doors.set(deps, door)
  return door
}

function makeDoor(deps: AppDeps) {
  const { config } = deps
  const { limits } = config
  const sending: SendDeps = {
    ...deps,
    sealer: createSealer(config.keys),
    storage: openStorage(config),
  }
  const perAddress = limit(deps, {
    name: 'upload',
    by: addressOf,
    ...limits.rate.upload,
    store: 'memory',
  })
  const read = readUpload(limits)

  return {
    sending,

    /** The readers of such a route (`body`). `mayEnter` comes before the body: nobody sends twenty megabytes to hear that they may not. */
    body: (mayEnter: RequestHandler): readonly RequestHandler[] => [perAddress, mayEnter, read],

    /** `asked`: what was asked for is of this kind, whatever the form says. */
    async send<Params>(req: Request<Params>, door: Door, asked?: string): Promise<Uploaded> {
      const { file, kind: said, tooLarge } = uploadOf(req)
      const kind = asked ?? said
      const refuse = (refusal: Refusal): Sent => ({ ok: false, refusal })
      if (tooLarge) return refuse('too_large')
      if (req.csrfFailed) return 'expired'
      if (!file) return refuse('missing')
      if (!isDocumentKind(kind)) return refuse('kind')
      return sendDocument(sending, door, { ...file, kind })
    },

    /** What public/js/upload.ts hears of one file. */
    answerScript(res: Response, sent: Uploaded): void {
      const t = textsOf(res)
      if (sent === 'expired') {
        return void res.status(403).json({ message: t('evidence:script.expired') })
      }
      if (sent.ok) return void res.status(201).json({ id: sent.id })
      res.status(statusOf(sent.refusal)).json({ message: refusalWords(sent.refusal, limits, t) })
    },
  }
}

export function statusOf(refusal: Refusal): number {
  return refusal === 'too_large' ? 413 : 422
}

/** Whether the script of the page asks, or the browser by itself. */
export function wantsJson(req: Request): boolean {
  return req.accepts(['html', 'json']) === 'json'
}
