/* Writes one frame into many sockets: the inner loop of the broadcast.
 *
 * Nothing here waits: the sends do not block, so the interpreter is kept for all of them. Were it
 * let go at each, as Python's own socket.send does, a source that computes in another thread would
 * hold up the broadcast at every single viewer.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* Note that viewer `index` took `taken` bytes, not all; -1: its socket is lost. */
static int
note(PyObject *unfinished, Py_ssize_t index, Py_ssize_t taken)
{
    PyObject *pair = Py_BuildValue("(nn)", index, taken);
    if (pair == NULL)
        return -1;
    int failed = PyList_Append(unfinished, pair);
    Py_DECREF(pair);
    return failed;
}

static PyObject *
send_to_all(Py_buffer *descriptors, Py_buffer *frame)
{
    const int *fds = descriptors->buf;
    Py_ssize_t count = descriptors->len / (Py_ssize_t)sizeof(int);
    PyObject *unfinished = PyList_New(0);
    for (Py_ssize_t i = 0; unfinished != NULL && i < count; i++) {
        ssize_t taken;
        do
            taken = send(fds[i], frame->buf, (size_t)frame->len, MSG_DONTWAIT | MSG_NOSIGNAL);
        while (taken < 0 && errno == EINTR);
        if (taken < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            taken = 0;
        if (taken != frame->len && note(unfinished, i, taken) < 0)
            Py_CLEAR(unfinished);
    }
    return unfinished;
}

static PyObject *
send_frame(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer descriptors, frame;
    if (!PyArg_ParseTuple(args, "y*y*:send_frame", &descriptors, &frame))
        return NULL;
    PyObject *unfinished = send_to_all(&descriptors, &frame);
    PyBuffer_Release(&descriptors);
    PyBuffer_Release(&frame);
    return unfinished;
}

static PyMethodDef methods[] = {
    {"send_frame", send_frame, METH_VARARGS,
     "send_frame(fds, frame) -> [(index, taken), ...]\n\n"
     "Write `frame` into each of `fds`, an array of C ints, without blocking. Return those that\n"
     "did not take all of it, with what they took; -1 when the socket is lost."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_cohort", .m_size = 0, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__cohort(void)
{
    return PyModule_Create(&module);
}
