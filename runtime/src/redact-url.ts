/** Hides the password in every URL of a text, also in lists of hosts that no URL parser accepts, and every API key. */
export function redactUrl(text: string): string {
  const shown = keyHint.test(text) ? text.replaceAll(bearer, '$1***').replaceAll(ownKey, 'tf_***') : text
  if (!shown.includes('://')) return shown
  return shown.replaceAll(/(:\/\/[^\s:@/]*):[^\s/]*@/g, '$1:***@').replaceAll(secretParameter, '$1***')
}

const secretParameter = /([?&][\w.-]{0,40}(?:password|secret|token)=)[^&\s]+/gi
const keyHint = /tf_|bearer /i
const bearer = /\b(Bearer )[^\s"',]+/gi
/** As `npm run key` makes them. */
const ownKey = /tf_[\w-]{43}/g
