/**
 * Sends several documents, each by a request of its own: one that fails is tried again alone, and those that
 * arrived stay. Without this file the form sends one at a time.
 */
const form = document.querySelector<HTMLFormElement>('form[data-upload]')!
const input = form.querySelector<HTMLInputElement>('input[type=file]')!
const kind = form.querySelector('select')!
const box = document.querySelector<HTMLElement>('[data-upload-list]')!
const list = box.querySelector('ul')!
const state = box.querySelector<HTMLElement>('[data-upload-status]')!
const done = box.querySelector<HTMLElement>('[data-upload-done]')!
const row = document.querySelector<HTMLTemplateElement>('[data-upload-row]')!
const words = document.querySelector<HTMLElement>('[data-upload-words]')!.dataset
const most = Number(form.dataset.maxBytes)

input.multiple = true
/** From here on the page is not loaded again by itself: what was chosen would be gone. */
const stay = () => document.querySelector('[data-wait]')?.removeAttribute('data-wait')
form.addEventListener('change', stay)
const waiting: (() => Promise<void>)[] = []
let running = false
let sent = 0
let failed = 0

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const files = [...(input.files ?? [])]
  box.hidden = false
  if (!kind.value || !files.length) {
    state.textContent = (kind.value ? words.missing : words.kind) ?? ''
    return (kind.value ? input : kind).focus()
  }
  for (const file of files) add(file, kind.value)
  input.value = ''
  void run()
})

function add(file: File, said: string): void {
  const item = (row.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement
  const part = <T extends HTMLElement>(name: string) => item.querySelector<T>(name)!
  const retry = part<HTMLButtonElement>('[data-retry]')
  const bar = part<HTMLProgressElement>('progress')
  const say = (text = '') => (part('[data-said]').textContent = text)
  part('[data-name]').textContent = file.name
  part('[data-size]').textContent = `${Math.max(0.1, file.size / 1048576).toFixed(1)} MB`
  const fail = (text: string | undefined, again: boolean) => {
    say(text)
    item.classList.add('uploads__failed')
    bar.hidden = true
    retry.hidden = !again
    failed += 1
  }
  const send = async () => {
    item.classList.remove('uploads__failed')
    say(words.sending)
    bar.hidden = false
    let answer = await post(file, said, (share) => (bar.value = share * 100))
    // Many at once: the server asks to come again in a moment.
    for (let tries = 0; answer.code === 503 && tries < 3; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 5000))
      answer = await post(file, said, (share) => (bar.value = share * 100))
    }
    const { code, message } = answer
    if (code === 201) {
      say(words.sent)
      sent += 1
    } else {
      // What is wrong with the file stays wrong; what is wrong with the way to us passes.
      fail(message ?? words.lost, code === 0 || code === 429 || code >= 500)
    }
  }
  retry.addEventListener('click', () => {
    retry.hidden = true
    failed -= 1
    waiting.push(send)
    void run()
  })
  list.append(item)
  if (file.size > most) fail(words.large, false)
  else if (file.size === 0) fail(words.empty, false)
  else waiting.push(send)
}

async function run(): Promise<void> {
  if (running) return
  running = true
  done.hidden = true
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    state.textContent = `${words.waiting} ${waiting.length + 1}`
    await next()
  }
  running = false
  // The page that is loaded then shows what the server has, not what was sent.
  if (sent > 0 && failed === 0) return location.assign(form.action)
  state.textContent = (failed > 0 ? words.some : words.all) ?? ''
  done.hidden = sent === 0
}

/** `fetch` does not tell how far an upload is. */
function post(
  file: File,
  said: string,
  onShare: (share: number) => void,
): Promise<{ code: number; message?: string | undefined }> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    const body = new FormData()
    // Before the file: the server reads no file without it.
    body.set('_csrf', form.querySelector<HTMLInputElement>('[name=_csrf]')!.value)
    body.set('kind', said)
    body.set('file', file)
    request.open('POST', form.action)
    request.setRequestHeader('Accept', 'application/json')
    request.responseType = 'json'
    request.upload.onprogress = ({ loaded, total }) => onShare(total ? loaded / total : 0)
    request.onloadend = () => {
      const answer = (request.response ?? {}) as { message?: string; title?: string }
      resolve({ code: request.status, message: answer.message ?? answer.title })
    }
    request.send(body)
  })
}
