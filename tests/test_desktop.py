"""Claims about how a desktop finds the program: entry, description, icons, and the names on its window."""

import configparser
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gui.app import APPLICATION, DESKTOP_FILE
from scripts import icons

ROOT = Path(__file__).resolve().parents[1]
SHARE = ROOT / "resources" / "share"
ENTRY = SHARE / "applications" / f"{DESKTOP_FILE}.desktop"
METAINFO = SHARE / "metainfo" / f"{DESKTOP_FILE}.metainfo.xml"
PATIENCE = 60
linux = pytest.mark.skipif(sys.platform != "linux", reason="these are for the desktops of Linux")
WINDOW = """
import os, subprocess, sys
from gui.app import launch
application, window = launch([])
window.windowHandle().requestActivate()
while not window.windowHandle().isExposed():
    application.processEvents()
application.sync()
told = subprocess.run(["xprop", "-id", str(int(window.winId()))], capture_output=True, text=True, check=True).stdout
sys.stdout.write(told)
sys.stdout.flush()
os._exit(0)
"""


def entry():
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(ENTRY, encoding="utf-8")
    return parser["Desktop Entry"]


@linux
def test_the_desktop_entry_is_valid():
    done = subprocess.run(["desktop-file-validate", ENTRY], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@linux
def test_the_metainfo_is_valid():
    command = ["appstreamcli", "validate", "--no-net", METAINFO]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_entry_metainfo_and_window_go_by_the_same_names():
    assert entry()["Exec"].split() == ["initscope", "%f"]
    assert entry()["StartupWMClass"] == APPLICATION
    assert entry()["Icon"] == DESKTOP_FILE
    metainfo = ET.parse(METAINFO).getroot()  # noqa: S314  our own file
    assert metainfo.findtext("id") == DESKTOP_FILE
    assert metainfo.findtext("launchable") == ENTRY.name
    assert metainfo.findtext("summary") == entry()["Comment"]
    assert metainfo.findtext("name") == entry()["Name"]
    assert metainfo.findtext("provides/binary") == entry()["Exec"].split()[0]


@pytest.mark.parametrize("size", icons.SIZES)
def test_an_icon_is_the_drawing_in_its_size(size, qapp, tmp_path):
    again = tmp_path / "again.png"
    icons.drawn(size).save(str(again))
    with Image.open(icons.path_of(size)) as kept, Image.open(again) as fresh:
        assert kept.size == (size, size)
        there, now = (np.asarray(picture.convert("RGBA"), dtype=int) for picture in (kept, fresh))
    assert np.abs(there - now).max() <= 8  # another processor may round otherwise


@linux
@pytest.mark.window
def test_the_window_says_which_program_it_belongs_to():
    done = subprocess.run(
        [sys.executable, "-c", WINDOW], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout
    assert f'WM_CLASS(STRING) = "{APPLICATION}", "{APPLICATION}"' in told
    assert re.search(rf'_GTK_APPLICATION_ID\(UTF8_STRING\) = "{re.escape(DESKTOP_FILE)}"', told)
    assert re.search(r"_NET_WM_ICON\(CARDINAL\) = *\tIcon \(16 x 16\)", told)
    assert 'WM_NAME(STRING) = "Initscope"' in told
