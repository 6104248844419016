"""What the report says of how each part is measured."""

ABOUT = """\
Our page against the original, which Epoch draws, in the same Chromium, of the same ticks, in the
same run. Written by `python -m benchmarks.page`; [benchmarks/README.md](../benchmarks/README.md)
says what it needs. Figures are medians over all rounds, in brackets the least and the greatest.
Absolute times are of this machine: trust the ratios.

Chromium runs headless without a graphics card, each page in sight in a window of {window}, with a
new profile. *Processor time* is user and system time of all processes of the browser, from
`/proc`: the page's own, those that put its frames on the screen, the network's, all others. A
*drawn frame* is a frame of the screen in which a line was put on a canvas of the page. They
are counted from within the page, in the same way for all.

*The Epoch page* is `/classic`: the last 60 ticks of a chart. It has no longer history, so what
has one is compared with a page of the benchmark itself (`benchmarks/page/epoch.html`), the best
that one can do with Epoch for it: the library and nothing else, all ticks given at once as data
and never pushed, a window as long as the history, no more labels of time than can be read, and a
canvas as large as the lines have in our page. It is answered with the headers that every page of
the server has, `/classic` too, but for the policy of contents, as its script stands in it."""

HEADINGS = {
    "cpu": "## A tick a second",
    "frame": "## A drawn frame",
    "load": "## From navigation to the drawn history",
    "bytes": "## Over the wire",
    "heap": "## An hour at 20 ticks a second",
    "hidden": "## A hidden tab",
}
TEXTS = {
    "cpu": """\
Two series, a history of five minutes, 1 Hz. Both pages as they come, each in a Chromium of its
own, at one server and in the same minutes, so that whatever else the machine does hits both; two
windows of five minutes in each round. Epoch slides each tick in for a second.""",
    "frame": """\
20 series, 10,000 ticks of each in view, which go on at 20 a second. One page after another, each
with a server and a Chromium to itself; the order is turned in every other round. Our page is
there before the first tick, so that it is sent each of them and reduces nothing; it shows 500 s
of them, in one panel as Epoch does. What it does with ticks between two frames counts for the
frame. Epoch is given one tick after another as each has slid in; those between are left out, as
it does itself, and are not paid for. It draws by a timer: where it draws twice in a frame of the
screen, both count.""",
    "load": """\
Two series of 100,000 ticks. From navigation (`performance.timeOrigin`), with an empty cache and a
new process, to the first animation frame that begins when the whole history is on the canvas: a
frame was painted in between, of both pages alike. Our page asks for no more points than its width
can show, with the lowest and highest of each column, and the server reduces; Epoch knows no such
thing and is given all ticks. What it takes when it, too, is given reduced ticks by our server is
told beside; and what it takes without the headers of the server's pages: of one of them,
`Cross-Origin-Opener-Policy`, Chromium begins a new process once the answer is there, and leaves the
one that it has begun meanwhile. Our page pays for that as any does.

Of each load the pixels are looked at, as they were at that moment: a line must go from edge to
edge. What our page draws first is a picture, with its axes; "until it goes on" is the same time for
the chart that takes its place, to which ticks are added. Of Epoch both are one.""",
    "bytes": """\
From an empty cache to five seconds after the first draw, with a history of 300 ticks. A relay
before the server counts all that goes through: heads of HTTP, scripts compressed with gzip as the
server sends them, the ticks. By kind it is as the browser counts.""",
    "heap": """\
What is alive in our page after its garbage was collected, the least of three looks: objects of
JavaScript, what holds the DOM, and buffers, which hold the ticks and are as large from the first
tick on as they will ever be.""",
    "hidden": """\
Our page twice, each in a Chromium of its own, at one server and in the same five minutes; in one
of them another tab lies before it. Two series and five minutes of history. After five seconds the
hidden page rests: it has left the chart, and is sent nothing. Shown again, it must be no tick
behind within a second. What Chromium costs by itself, with blank tabs, is in both figures here;
the promises tell it with and without.""",
}
