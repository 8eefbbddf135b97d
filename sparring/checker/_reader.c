/* The quick reader of Python texts: the calls of "[f(x=1), g.h(y='a')]" without Python's parser, and nothing executed.

   It decides only what it is sure of: dotted names called with literals, lists, tuples, dictionaries and bare names, and
   texts that Python's parser surely refuses or reads as something else than calls. read() gives the calls, or False where
   there are surely none, or None: "not sure", and Python's parser shall read the text. A test holds the two against each
   other. Without a C compiler this file is left out, and the parser reads all.

   A text becomes tokens first, with the partner of every bracket; then one function a rule of the grammar. Depth is
   bounded by MAX_BRACKETS, work and memory by the text's length. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <string.h>

#define MAX_BRACKETS 60 /* as MAX_NESTING of python_text: brackets in strings count there too */
#define MAX_SIGNS 100   /* as MAX_SIGN_RUN */
#define MAX_CALLS 64
#define MAX_DIGITS 18
#define MAX_NUMBER 64
#define ON_STACK 512

typedef enum { NAME, KEYWORD, TEXT, BYTES, NUMBER, DOTS, MARK, OTHER, END } Kind;

typedef struct {
    Kind kind;
    Py_ssize_t start, end; /* of a text: what stands between its quotes */
    Py_ssize_t partner;    /* of an opening bracket: the token that closes it */
    char mark;             /* of a MARK: the character; '^' is "**" */
    char escaped;          /* of a text: whether a backslash stands in it */
} Token;

typedef struct {
    PyObject *text;
    int kind;
    const void *data;
    Py_ssize_t length;
    Token *tokens;
    Py_ssize_t count;
    int strict;
    int refused; /* beside a NULL result: there are surely no calls; else it is not sure, or an exception is set */
} Reader;

static const char *KEYWORDS[] = {"False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
    "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", NULL};

static Py_UCS4 at(const Reader *r, Py_ssize_t i) { return i < r->length ? PyUnicode_READ(r->kind, r->data, i) : 0; }

static int is_digit(Py_UCS4 c) { return c >= '0' && c <= '9'; }

static int is_letter(Py_UCS4 c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static int is_written(const Reader *r, const Token *token, const char *word)
{
    Py_ssize_t size = (Py_ssize_t)strlen(word);
    if (token->end - token->start != size)
        return 0;
    for (Py_ssize_t i = 0; i < size; i++)
        if (at(r, token->start + i) != (Py_UCS4)word[i])
            return 0;
    return 1;
}

static void *refuse(Reader *r)
{
    r->refused = 1;
    return NULL;
}

static int refuse_if(Reader *r, int surely)
{
    r->refused = surely;
    return 0;
}

/* ---- tokens ---- */

/* A name, or where a quote follows, perhaps the prefix of a text: 0 where that text may end elsewhere than it seems. */
static int take_name(const Reader *r, Token *token)
{
    Py_ssize_t i = token->start;
    while (is_letter(at(r, i)) || is_digit(at(r, i)))
        i++;
    token->end = i;
    token->kind = NAME;
    for (const char **word = KEYWORDS; *word != NULL; word++)
        if (is_written(r, token, *word))
            token->kind = KEYWORD;
    return at(r, i) < 128;
}

static int is_prefix(const Reader *r, const Token *name)
{
    if (name->end - name->start > 2)
        return 0;
    for (Py_ssize_t i = name->start; i < name->end; i++)
        if (strchr("bBrRuUfFtT", (int)at(r, i)) == NULL)
            return 0;
    return 1;
}

/* A text from its opening quote on; -1 where it has no end, 0 where it is not of a sure kind. */
static int take_text(const Reader *r, Token *token, Py_ssize_t quote_at)
{
    Py_UCS4 quote = at(r, quote_at);
    int triple = at(r, quote_at + 1) == quote && at(r, quote_at + 2) == quote;
    Py_ssize_t i = quote_at + (triple ? 3 : 1);
    token->start = i;
    token->escaped = 0;
    for (; i < r->length; i++) {
        Py_UCS4 c = at(r, i);
        if (c == '\r' || (c >= 0xd800 && c <= 0xdfff))
            return 0;
        if (c == '\\') {
            Py_UCS4 next = at(r, i + 1);
            if (next == '\n' || next == '\r')
                return 0;
            token->escaped = 1;
            i++;
        } else if (c == '\n' && !triple) {
            return -1;
        } else if (c == quote && (!triple || (at(r, i + 1) == quote && at(r, i + 2) == quote))) {
            token->end = i;
            return 1;
        }
    }
    return -1;
}

/* A number: 0 where it is of a rare form, -1 where what follows cannot stand there. */
static int take_number(const Reader *r, Token *token)
{
    Py_ssize_t i = token->start, digits = 0;
    int whole = 1, nonzero = 0;
    for (; is_digit(at(r, i)); i++, digits++)
        nonzero |= at(r, i) != '0';
    int leading = digits > 1 && at(r, token->start) == '0';
    if (at(r, i) == '.') {
        whole = 0;
        for (i++; is_digit(at(r, i)); i++)
            ;
    }
    if (at(r, i) == 'e' || at(r, i) == 'E') {
        Py_ssize_t after = i + 1 + (at(r, i + 1) == '-' || at(r, i + 1) == '+');
        if (!is_digit(at(r, after)))
            return 0;
        whole = 0;
        for (i = after; is_digit(at(r, i)); i++)
            ;
    }
    token->kind = NUMBER;
    token->end = i;
    Py_UCS4 next = at(r, i);
    if (is_letter(next) || is_digit(next) || next > 127)
        return next < 128 && strchr("jJ_xXoObBeEaAiInNfF", (int)next) == NULL ? -1 : 0;
    if (whole && leading)
        return nonzero ? -1 : 0;
    if (i - token->start > MAX_NUMBER || (whole && digits > MAX_DIGITS))
        return 0;
    return 1;
}

/* Characters that Python's tokenizer takes nowhere but in texts and comments. */
static int is_stray(Py_UCS4 c)
{
    return c == '?' || c == '$' || c == '`' || c == ';' || c == 0x2018 || c == 0x2019 || c == 0x201c || c == 0x201d ||
           c == 0xa0 || c == 0xfeff;
}

static char closing(char opening) { return opening == '(' ? ')' : opening == '[' ? ']' : '}'; }

/* All tokens: 1, or 0 where that is not sure or refused. */
static int tokenise(Reader *r)
{
    Py_ssize_t open[MAX_BRACKETS], depth = 0, i = 0;
    while (i < r->length) {
        Py_UCS4 c = at(r, i);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            i++;
            continue;
        }
        if (c == '#') {
            while (i < r->length && at(r, i) != '\n' && at(r, i) != '\r') {
                if (at(r, i) >= 0xd800 && at(r, i) <= 0xdfff)
                    return 0;
                i++;
            }
            continue;
        }
        Token *token = &r->tokens[r->count++];
        token->start = i;
        token->partner = -1;
        token->mark = 0;
        if (is_letter(c)) {
            if (!take_name(r, token))
                return 0;
            Py_UCS4 next = at(r, token->end);
            if ((next == '\'' || next == '"') && is_prefix(r, token)) {
                Py_UCS4 first = at(r, token->start) | 32;
                int ended = take_text(r, token, token->end);
                if (token->escaped || first == 'f' || first == 't' || token->start - i > 2 || ended <= 0)
                    return 0; /* formatted, raw with a backslash, two letters, tripled, or without an end */
                token->kind = first == 'b' ? BYTES : TEXT;
                i = token->end + 1;
                continue;
            }
            i = token->end;
        } else if (c == '\'' || c == '"') {
            int triple = at(r, i + 1) == c && at(r, i + 2) == c;
            int ended = take_text(r, token, i);
            if (ended <= 0)
                return refuse_if(r, ended < 0);
            token->kind = TEXT;
            i = token->end + (triple ? 3 : 1);
        } else if (is_digit(c) || (c == '.' && is_digit(at(r, i + 1)))) {
            int found = take_number(r, token);
            if (found <= 0)
                return refuse_if(r, found < 0);
            i = token->end;
        } else if (c == '.' && at(r, i + 1) == '.' && at(r, i + 2) == '.') {
            token->kind = DOTS;
            token->end = i += 3;
        } else if (is_stray(c) || (c == '!' && at(r, i + 1) != '=')) {
            return refuse_if(r, 1);
        } else if (c == '\\') {
            return refuse_if(r, at(r, i + 1) != '\n' && at(r, i + 1) != '\r');
        } else if (c > 127 || c < ' ') {
            return 0;
        } else {
            Py_UCS4 next = at(r, i + 1);
            int twice = c == '*' && next == '*';
            token->kind = MARK;
            token->mark = twice ? '^' : (char)c;
            if (next == '=' && strchr("=!<>:+-*/%&|^@~", (int)c) != NULL) {
                token->kind = OTHER;
            } else if (strchr("()[]{},:=.-*", (int)c) == NULL) {
                token->kind = OTHER;
            }
            i += twice || (next == '=' && token->kind == OTHER) ? 2 : 1;
            token->end = i;
            if (token->kind == MARK && strchr("([{", (int)c) != NULL) {
                if (depth == MAX_BRACKETS)
                    return 0;
                open[depth++] = r->count - 1;
            } else if (token->kind == MARK && strchr(")]}", (int)c) != NULL) {
                if (depth == 0 || closing(r->tokens[open[depth - 1]].mark) != (char)c)
                    return refuse_if(r, 1);
                r->tokens[open[--depth]].partner = r->count - 1;
            }
        }
    }
    if (depth > 0)
        return refuse_if(r, 1);
    r->tokens[r->count].kind = END;
    r->tokens[r->count].mark = 0;
    return 1;
}

/* ---- values ---- */

static PyObject *value(Reader *r, Py_ssize_t *place);

static int is_mark(const Reader *r, Py_ssize_t place, char mark) { return r->tokens[place].mark == mark && r->tokens[place].kind == MARK; }

/* After a complete value or element inside brackets: 1 where a comma or the closing mark follows. What follows else is
   an operation (unsure), or a second value, which no grammar takes there. */
static int is_complete(Reader *r, Py_ssize_t place, char close, int colon)
{
    const Token *next = &r->tokens[place];
    if (is_mark(r, place, ',') || is_mark(r, place, close) || (colon && is_mark(r, place, ':')))
        return 1;
    if (next->kind == NAME || next->kind == NUMBER || next->kind == TEXT || next->kind == BYTES || next->kind == DOTS)
        refuse(r);
    return 0;
}

static PyObject *number(Reader *r, const Token *token, int negative)
{
    char digits[MAX_NUMBER + 1];
    Py_ssize_t size = token->end - token->start;
    int whole = 1;
    for (Py_ssize_t i = 0; i < size; i++) {
        digits[i] = (char)at(r, token->start + i);
        whole &= is_digit((Py_UCS4)digits[i]);
    }
    digits[size] = 0;
    if (whole) {
        long long found = 0;
        for (Py_ssize_t i = 0; i < size; i++)
            found = found * 10 + (digits[i] - '0');
        return PyLong_FromLongLong(negative ? -found : found);
    }
    double found = PyOS_string_to_double(digits, NULL, NULL);
    if (found == -1.0 && PyErr_Occurred())
        return NULL;
    if (r->strict && isinf(found))
        return NULL;
    return PyFloat_FromDouble(negative ? -found : found);
}

/* Texts that stand side by side are one. */
static PyObject *texts(Reader *r, Py_ssize_t *place)
{
    Kind kind = r->tokens[*place].kind;
    PyObject *found = NULL;
    for (; r->tokens[*place].kind == TEXT || r->tokens[*place].kind == BYTES; (*place)++) {
        const Token *token = &r->tokens[*place];
        if (token->escaped || token->kind != kind || (r->strict && kind == BYTES)) {
            Py_XDECREF(found);
            return NULL;
        }
        PyObject *part = PyUnicode_Substring(r->text, token->start, token->end);
        if (part != NULL && kind == BYTES) {
            PyObject *ascii = PyUnicode_IS_ASCII(part) ? PyUnicode_AsASCIIString(part) : NULL;
            Py_DECREF(part);
            part = ascii;
        }
        if (part == NULL) {
            Py_XDECREF(found);
            return NULL;
        }
        if (found == NULL) {
            found = part;
        } else if (kind == TEXT) {
            PyUnicode_AppendAndDel(&found, part);
        } else {
            PyBytes_ConcatAndDel(&found, part);
        }
        if (found == NULL)
            return NULL;
    }
    return found;
}

/* Values up to the closing mark; sets *comma where one stood among them. */
static PyObject *items(Reader *r, Py_ssize_t *place, char close, int *comma)
{
    PyObject *found = PyList_New(0);
    *comma = 0;
    while (found != NULL && !is_mark(r, *place, close)) {
        PyObject *item = value(r, place);
        if (item == NULL || PyList_Append(found, item) < 0 || !is_complete(r, *place, close, 0)) {
            Py_XDECREF(item);
            Py_CLEAR(found);
            break;
        }
        Py_DECREF(item);
        if (is_mark(r, *place, ',')) {
            *comma = 1;
            (*place)++;
        }
    }
    (*place)++;
    return found;
}

static PyObject *pairs(Reader *r, Py_ssize_t *place)
{
    PyObject *found = PyDict_New();
    while (found != NULL && !is_mark(r, *place, '}')) {
        PyObject *key = value(r, place), *given = NULL;
        if (key != NULL && is_complete(r, *place, '}', 1) && is_mark(r, *place, ':')) {
            (*place)++;
            given = value(r, place);
        }
        int kept = given != NULL && is_complete(r, *place, '}', 0);
        if (kept && r->strict && (!PyUnicode_Check(key) || PyDict_Contains(found, key)))
            kept = 0; /* no text, or given twice */
        if (kept && PyDict_SetItem(found, key, given) < 0) {
            PyErr_Clear(); /* it cannot be a key */
            kept = 0;
        }
        Py_XDECREF(key);
        Py_XDECREF(given);
        if (!kept) {
            Py_CLEAR(found);
            break;
        }
        if (is_mark(r, *place, ','))
            (*place)++;
    }
    (*place)++;
    return found;
}

static PyObject *constant(PyObject *known)
{
    Py_INCREF(known);
    return known;
}

/* What an argument is worth; NULL where that is refused or not sure. */
static PyObject *value(Reader *r, Py_ssize_t *place)
{
    const Token *token = &r->tokens[*place];
    int comma;
    switch (token->kind) {
    case TEXT:
    case BYTES:
        return texts(r, place);
    case NUMBER:
        (*place)++;
        return number(r, token, 0);
    case DOTS:
        (*place)++;
        return PyUnicode_FromString("...");
    case NAME:
        (*place)++;
        if (r->strict && is_written(r, token, "true"))
            return constant(Py_True);
        if (r->strict && is_written(r, token, "false"))
            return constant(Py_False);
        if (r->strict && is_written(r, token, "null"))
            return constant(Py_None);
        return PyUnicode_Substring(r->text, token->start, token->end);
    case KEYWORD:
        (*place)++;
        return is_written(r, token, "True")    ? constant(Py_True)
               : is_written(r, token, "False") ? constant(Py_False)
               : is_written(r, token, "None")  ? constant(Py_None)
                                               : NULL;
    case MARK:
        break;
    default:
        return NULL;
    }
    (*place)++;
    switch (token->mark) {
    case '-':
        if (r->tokens[*place].kind != NUMBER)
            return NULL;
        return number(r, &r->tokens[(*place)++], 1);
    case '[':
        return items(r, place, ']', &comma);
    case '{':
        return pairs(r, place);
    case '(': {
        PyObject *found = items(r, place, ')', &comma), *made;
        if (found == NULL)
            return NULL;
        if (PyList_GET_SIZE(found) == 1 && !comma) {
            made = constant(PyList_GET_ITEM(found, 0));
        } else {
            made = PyList_AsTuple(found);
        }
        Py_DECREF(found);
        return made;
    }
    case ')':
    case ']':
    case '}':
    case ',':
    case ':':
    case '=':
        return refuse(r);
    default:
        return NULL;
    }
}

/* ---- calls ---- */

/* The arguments between two parentheses, `place` being after the first one. */
static PyObject *arguments(Reader *r, Py_ssize_t *place)
{
    PyObject *found = PyDict_New();
    int named = 0;
    while (found != NULL && !is_mark(r, *place, ')')) {
        PyObject *key = NULL, *given = NULL;
        const Token *first = &r->tokens[*place];
        int kept = 1;
        if (is_mark(r, *place, '^')) {
            kept = !r->strict;
            key = constant(Py_None);
            (*place)++;
        } else if ((first->kind == NAME || first->kind == KEYWORD) && is_mark(r, *place + 1, '=')) {
            if (first->kind == KEYWORD)
                refuse(r);
            kept = first->kind == NAME && !is_written(r, first, "__debug__");
            key = kept ? PyUnicode_Substring(r->text, first->start, first->end) : NULL;
            *place += 2;
        } else if (named && !is_mark(r, *place, '*')) {
            kept = 0; /* a positional argument after one with a name */
            refuse(r);
        } else {
            kept = !r->strict;
        }
        kept = kept && (given = value(r, place)) != NULL;
        if (kept && !is_complete(r, *place, ')', 0)) {
            if (is_mark(r, *place, ':') || is_mark(r, *place, '='))
                refuse(r);
            kept = 0;
        }
        if (kept && key != NULL) {
            named = 1;
            int twice = PyDict_Contains(found, key);
            kept = twice >= 0 && !(r->strict && twice) && PyDict_SetItem(found, key, given) == 0;
        }
        Py_XDECREF(key);
        Py_XDECREF(given);
        if (!kept) {
            Py_CLEAR(found);
            break;
        }
        if (is_mark(r, *place, ','))
            (*place)++;
    }
    (*place)++;
    return found;
}

/* A dotted name with what it is called with, and perhaps more calls of its outcome: the last one counts. */
static PyObject *call(Reader *r, Py_ssize_t *place)
{
    for (int rooted = 1;; rooted = 0) {
        Py_ssize_t begun = *place;
        while (r->tokens[*place].kind == NAME && is_mark(r, *place + 1, '.'))
            *place += 2;
        if (r->tokens[*place].kind != NAME)
            return NULL; /* a keyword after a dot */
        (*place)++;
        if (!is_mark(r, *place, '('))
            return is_mark(r, *place, '[') ? NULL : refuse(r); /* a name, an attribute, an operation */
        PyObject *name = PyUnicode_Substring(r->text, r->tokens[begun].start, r->tokens[*place - 1].end);
        int spaced = 0; /* a dotted name may have spaces around its dots */
        for (Py_ssize_t i = begun; i + 1 < *place; i++)
            spaced |= r->tokens[i].end != r->tokens[i + 1].start;
        (*place)++;
        PyObject *given = name == NULL || spaced ? NULL : arguments(r, place);
        PyObject *found = given == NULL ? NULL : PyTuple_Pack(2, name, given);
        Py_XDECREF(name);
        Py_XDECREF(given);
        if (found == NULL)
            return NULL;
        int ended = is_mark(r, *place, ',') || is_mark(r, *place, ']');
        if (ended && (rooted || !r->strict))
            return found;
        Py_DECREF(found);
        if (ended)
            return NULL; /* the parser says why */
        if (!is_mark(r, *place, '.'))
            return is_mark(r, *place, '(') || is_mark(r, *place, '[') ? NULL : refuse(r);
        (*place)++;
    }
}

/* One element of the list: a call, or surely none. */
static PyObject *element(Reader *r, Py_ssize_t *place)
{
    const Token *token = &r->tokens[*place];
    Py_ssize_t after = *place + 1;
    if (token->kind == NAME)
        return call(r, place);
    if (token->kind == KEYWORD) {
        int literal = is_written(r, token, "None") || is_written(r, token, "True") || is_written(r, token, "False");
        if (!literal)
            return refuse(r);
    } else if (token->kind == MARK) {
        if (token->mark == '(')
            return NULL;
        if (token->mark != '[' && token->mark != '{')
            return refuse(r);
        after = token->partner + 1;
    } else if (token->kind == OTHER || token->kind == END) {
        return refuse(r);
    }
    while (r->tokens[after].kind == TEXT || r->tokens[after].kind == BYTES)
        after++;
    int goes_on = is_mark(r, after, '.') || is_mark(r, after, '(') || is_mark(r, after, '[');
    return goes_on ? NULL : refuse(r);
}

static PyObject *calls(Reader *r)
{
    PyObject *found = PyList_New(0);
    Py_ssize_t place = 1;
    while (found != NULL && !is_mark(r, place, ']')) {
        PyObject *one = PyList_GET_SIZE(found) < MAX_CALLS ? element(r, &place) : NULL;
        if (one == NULL || PyList_Append(found, one) < 0) {
            Py_XDECREF(one);
            Py_CLEAR(found);
            break;
        }
        Py_DECREF(one);
        if (is_mark(r, place, ','))
            place++;
    }
    if (found != NULL && place + 1 != r->count) {
        Py_CLEAR(found);
        refuse(r);
    }
    return found;
}

/* Whether the parser's bounds on brackets and signs, which count those in texts too, cannot be met. */
static int is_bounded(const Reader *r)
{
    Py_ssize_t brackets = 0, signs = 0;
    for (Py_ssize_t i = 0; i < r->length; i++) {
        Py_UCS4 c = at(r, i);
        brackets += c == '(' || c == '[' || c == '{';
        signs += c == '-' || c == '+' || c == '~';
    }
    return brackets <= MAX_BRACKETS && signs < MAX_SIGNS;
}

static PyObject *read_text(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    (void)module;
    if (count != 2 || !PyUnicode_Check(given[0])) {
        PyErr_SetString(PyExc_TypeError, "read() takes a text and whether it is strict");
        return NULL;
    }
    int strict = PyObject_IsTrue(given[1]);
    if (strict < 0)
        return NULL;
    Reader r = {given[0], (int)PyUnicode_KIND(given[0]), PyUnicode_DATA(given[0]), PyUnicode_GET_LENGTH(given[0]), NULL, 0,
                strict, 0};
    if (at(&r, 0) != '[' || !is_bounded(&r))
        Py_RETURN_NONE;
    if (PyUnicode_FindChar(r.text, 0, 0, r.length, 1) >= 0)
        Py_RETURN_FALSE;
    Token few[ON_STACK];
    r.tokens = r.length < ON_STACK ? few : PyMem_Malloc(sizeof(Token) * (size_t)(r.length + 1));
    if (r.tokens == NULL)
        return PyErr_NoMemory();
    PyObject *found = NULL;
    if (tokenise(&r)) {
        found = calls(&r);
        /* "[-1].f(x=1) #]" is a call though its first element is none: whoever ends so is for the parser */
        if (found == NULL && !is_mark(&r, r.count - 1, ']'))
            r.refused = 0;
    }
    if (r.tokens != few)
        PyMem_Free(r.tokens);
    if (found == NULL && PyErr_Occurred())
        return NULL;
    if (found != NULL)
        return found;
    if (r.refused)
        Py_RETURN_FALSE;
    Py_RETURN_NONE;
}

static PyMethodDef METHODS[] = {
    {"read", (PyCFunction)(void (*)(void))read_text, METH_FASTCALL, "Calls of a text, False where there are none, or None."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "_reader", NULL, 0, METHODS, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__reader(void) { return PyModuleDef_Init(&MODULE); }
