import type { JsonObject } from '../json.ts'
import { utf8 } from '../wire.ts'

const URL_IN_TEXT = /https?:\/\/[^\s<>"')\]]+/g

/** Metadata of a googleSearch answer: one source that supports the whole text, in byte offsets. */
export function groundingFor(question: string, text: string): JsonObject {
  const query = question.slice(0, 80)
  return {
    groundingMetadata: {
      searchEntryPoint: { renderedContent: `<div class="container">${query.replace(/[<>&]/g, ' ')}</div>` },
      groundingChunks: [
        {
          web: {
            uri: 'https://vertexaisearch.cloud.google.com/grounding-api-redirect/simulated',
            title: 'example.com',
          },
        },
      ],
      groundingSupports: [{ segment: { endIndex: utf8(text).length, text }, groundingChunkIndices: [0] }],
      webSearchQueries: [query],
    },
  }
}

/** Metadata of a urlContext answer: every url of the question, read with success. */
export function urlContextFor(question: string): JsonObject {
  const urlMetadata = [...question.matchAll(URL_IN_TEXT)].map(([retrievedUrl]) => ({
    retrievedUrl,
    urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS',
  }))
  return { urlContextMetadata: { urlMetadata } }
}
