import { PDFiumLibrary } from '@hyzyla/pdfium'
import sharp from 'sharp'
import { containsResidentNumber } from '../../matters/forms/resident-number'
import type { ViewProblem } from '../document'
import { leaveRoot } from './leave-root'
import { packAnswer, unpackQuestion, type ParseAnswer, type ParseQuestion } from './frames'

let library: PDFiumLibrary | undefined

/**
 * The process that parses what strangers uploaded: started for one document, with an empty environment,
 * no key, no connection, no rights of root and a limit of memory and time (parse-document.ts). What it answers is not
 * believed further than that: a page is shown, a found number destroys the file it was found in.
 */
async function main(): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  const { question, bytes } = unpackQuestion(Buffer.concat(chunks))
  // What has to be read from the disk is read before, wherever only root may read it.
  if (question.task === 'search' || question.type === 'pdf') library = await PDFiumLibrary.init()
  leaveRoot()
  process.stdout.write(packAnswer(await answer(question, bytes)))
}

async function answer(question: ParseQuestion, bytes: Buffer): Promise<ParseAnswer> {
  try {
    if (question.task === 'search') return await search(bytes)
    return question.type === 'pdf'
      ? await drawPages(question, bytes)
      : { pages: [await draw(question, sharp(bytes, inputOf(question)))], total: 1 }
  } catch (error) {
    return { problem: problemOf(error) }
  }
}

function problemOf(error: unknown): ViewProblem {
  const { message } = error as Error
  if (/pixel limit|too large|exceeds/i.test(message)) return 'too_large'
  return /password/i.test(message) ? 'password' : 'unreadable'
}

async function search(bytes: Buffer): Promise<ParseAnswer> {
  const document = await library!.loadDocument(bytes)
  for (const page of document.pages()) {
    if (containsResidentNumber(page.getText())) return { found: true }
  }
  return { found: false }
}

async function drawPages(question: ParseQuestion, bytes: Buffer): Promise<ParseAnswer> {
  const document = await library!.loadDocument(bytes)
  const total = document.getPageCount()
  const pages: Buffer[] = []
  for (let at = 0; at < Math.min(total, question.pages); at++) {
    const page = document.getPage(at)
    const { originalWidth: width, originalHeight: height } = page.getOriginalSize()
    const scale = Math.min(question.side / Math.max(width, height, 1), 3)
    const { data } = await page.render({
      scale,
      render: async ({ data: pixels, width: wide, height: high }) =>
        draw(
          question,
          sharp(Buffer.from(pixels), { raw: { width: wide, height: high, channels: 4 } }),
        ),
    })
    pages.push(Buffer.from(data))
  }
  return { pages, total }
}

function inputOf({ pixels }: ParseQuestion): sharp.SharpOptions {
  return { limitInputPixels: pixels, failOn: 'truncated', sequentialRead: true, pages: 1 }
}

/** Turned as it was held, made smaller, and without anything that stood beside the picture: place, time, device. */
function draw({ side }: ParseQuestion, image: sharp.Sharp): Promise<Buffer> {
  return image
    .autoOrient()
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .jpeg({ quality: 82 })
    .toBuffer()
}

// Of all that the library reads, what we take and nothing else.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp'],
})
sharp.cache(false)
sharp.concurrency(1)

main().catch(() => {
  process.exitCode = 1
})
