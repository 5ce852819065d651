// A body as an editor writes it, of 170 KB. Every seventh paragraph has the word.
const LENGTH = 170_000;

const paragraph = (number, word) => `<p style="margin: 0 8px"><span style="color: rgb(51, 51, 51)">第 ${number} 段，${word}，凌晨四点的菜市场醒了，卷闸门一扇一扇地升起来。</span></p>`;

export const longBody = (word) => {
  let text = "";
  for (let number = 0; Buffer.byteLength(text) < LENGTH; number++) text += paragraph(number, number % 7 === 3 ? word : "不变");
  return text;
};
