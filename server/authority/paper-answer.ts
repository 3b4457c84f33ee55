import type { Response } from 'express'
import { textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import type { KeptPaper } from './kept-paper'
import { packPdf } from './pack-pdf'

/** Answers with the paper of a pack, made from what was kept of it: the same file each time. */
export async function sendPaper(
  { config }: Pick<AppDeps, 'config'>,
  res: Response,
  kept: KeptPaper,
): Promise<void> {
  const pdf = await packPdf(kept, config)
  sendPdf(res, kept.core.number, pdf)
}

/** A PDF under a name that says what it is; shown by the browser where it can. */
export function sendPdf(res: Response, number: string, pdf: Buffer): void {
  const name = `${textsOf(res)('authority:fileName', { number })}.pdf`
  res.attachment(name).type('pdf').send(pdf)
}
