"""The encoded data set of a file, for whoever passes it on (`DicomFile.body`)."""

from pathlib import Path

import dicom_core as dc


def made() -> dc.DicomFile:
    dataset = dc.Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.PatientName = "Doe^Jane"
    dataset.set("PixelData", "OW", bytes(200_000))
    return dc.DicomFile.new(dataset)


def test_the_body_is_the_data_set_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    dc.write(made(), path)
    whole = path.read_bytes()
    for file in (dc.read(path), dc.read(whole), dc.read_header(path, stop=0x00030000)):
        body = file.body
        assert body is not None
        assert whole[: body.offset] + body.read() == whole
        assert dc.read_dataset(body.read(), file.transfer_syntax) == dc.read(path).dataset


def test_what_was_made_edited_or_converted_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    dc.write(made(), path)
    assert made().body is None
    file = dc.read(path)
    assert dc.convert(file, "1.2.840.10008.1.2").body is None
    file.dataset.PatientName = "Roe^Jane"
    assert file.body is None
