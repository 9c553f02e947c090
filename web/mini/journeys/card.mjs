/** A photograph of an identity card for journeys: an invented person of a place that has no county. */
/** The side with the face, drawn as the tests of the reader draw it. */
function cardPage({ name, gender, birth, address, number }) {
  const [y, m, d] = birth;
  const words = [
    [0.06, 0.115, 42, '#4678aa', '姓名', 6], [0.06, 0.235, 42, '#4678aa', '性别', 6], [0.31, 0.235, 42, '#4678aa', '民族', 6], [0.06, 0.355, 42, '#4678aa', '出生', 6],
    [0.06, 0.475, 42, '#4678aa', '住址', 6], [0.06, 0.835, 42, '#4678aa', '公民身份号码', 4], [0.18, 0.105, 60, '#26242a', name, 8], [0.18, 0.232, 48, '#26242a', gender, 0],
    [0.405, 0.232, 48, '#26242a', '汉', 2], [0.18, 0.352, 48, '#26242a', y, 2], [0.29, 0.355, 42, '#4678aa', '年', 0], [0.335, 0.352, 48, '#26242a', m, 2],
    [0.385, 0.355, 42, '#4678aa', '月', 0], [0.425, 0.352, 48, '#26242a', d, 2], [0.475, 0.355, 42, '#4678aa', '日', 0], [0.18, 0.468, 48, '#26242a', address.slice(0, 11), 3],
    [0.18, 0.553, 48, '#26242a', address.slice(11), 3], [0.335, 0.822, 64, '#26242a', number, 9, 700],
  ];
  const spans = words.map(([left, top, size, ink, text, apart, weight = 400]) => `<span style="left:${left * 1400}px;top:${top * 883}px;font-size:${size}px;line-height:1.2;color:${ink};letter-spacing:${apart}px;font-weight:${weight}">${text}</span>`);
  return `<body style="margin:0;background:#5c442e"><div style="position:absolute;left:130px;top:90px;width:1400px;height:883px;background:#dfe5ee;font-family:'Noto Sans CJK SC',sans-serif">
    <style>span{position:absolute;white-space:nowrap}</style>${spans.join('')}<div style="position:absolute;left:903px;top:124px;width:400px;height:510px;background:#968c87"></div></div></body>`;
}

/** The picture and the number on it. */
export async function cardOf(context) {
  const first = '36019919870423001';
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const number = first + '10X98765432'[[...first].reduce((n, c, i) => n + Number(c) * weights[i], 0) % 11];
  const drawn = await context.newPage();
  await drawn.setViewportSize({ width: 1660, height: 1063 });
  await drawn.setContent(cardPage({ name: '王文华', gender: '男', birth: [1987, 4, 23], address: '江西省某某县向阳镇塘背村3组12号', number }));
  const card = await drawn.screenshot({ type: 'jpeg', quality: 92, scale: 'css' });
  await drawn.close();
  return { number, name: '王文华', card };
}
