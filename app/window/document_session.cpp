#include "app/window/document_session.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>

#include "app/window/look/unsaved_question.h"
#include "app/window/qt_text.h"
#include "app/window/recent_files.h"
#include "designer/document/file.h"

namespace fulcrum::window {

namespace {

constexpr auto folder_key = "last_folder";
constexpr auto extension = "fulcrum";
constexpr int autosave_delay_ms = 2000;

// One dialog that says which file, where in it and why.
void show_file_error(QWidget* parent, const QString& headline, const QString& file, const Error& error) {
    QMessageBox box(QMessageBox::Warning, DocumentSession::tr("Fulcrum"), headline, QMessageBox::Ok, parent);
    box.setInformativeText(
        QStringLiteral("<p>%1</p><p><b>%2</b></p>")
            .arg(QDir::toNativeSeparators(file).toHtmlEscaped(), to_q(error.message).toHtmlEscaped()));
    box.exec();
}

} // namespace

DocumentSession::DocumentSession(designer::DocumentEditor* editor, QWidget* parent_window)
    : QObject(parent_window), editor_(editor), window_(parent_window) {
    autosave_.setSingleShot(true);
    autosave_.setInterval(autosave_delay_ms);
    connect(&autosave_, &QTimer::timeout, this, &DocumentSession::keep_for_recovery);
    connect(editor_, &designer::DocumentEditor::changed, this, [this] {
        if (!autosave_.isActive()) {
            autosave_.start(); // not restarted: a person who never rests is saved as well
        }
        refresh_dirty();
    });
    connect(editor_->undo_stack(), &QUndoStack::cleanChanged, this, &DocumentSession::refresh_dirty);
}

QString DocumentSession::file_filter() {
    return tr("Fulcrum drawings (*.fulcrum *.json);;All files (*)");
}

QString DocumentSession::title() const {
    if (!file_.isEmpty()) {
        return QFileInfo(file_).fileName();
    }
    const QString name = to_q(editor_->document().name);
    return name.isEmpty() ? tr("Untitled") : name;
}

bool DocumentSession::is_dirty() const {
    return recovered_unsaved_ || !editor_->is_clean();
}

void DocumentSession::refresh_dirty() {
    const bool dirty = is_dirty();
    if (!dirty) {
        recovery_.forget();
    }
    if (dirty != was_dirty_) {
        was_dirty_ = dirty;
        emit dirty_changed(dirty);
    }
}

void DocumentSession::show(designer::Document document, const QString& file, bool already_dirty) {
    file_ = file;
    recovered_unsaved_ = already_dirty;
    editor_->reset(std::move(document));
    refresh_dirty();
    if (already_dirty) {
        keep_for_recovery();
    }
    emit file_changed();
}

void DocumentSession::show_new(designer::Document document) {
    show(std::move(document), {}, false);
}

bool DocumentSession::open_file(const QString& file) {
    auto document = designer::read_document(to_std(file));
    if (!document) {
        show_file_error(window_, tr("This drawing cannot be opened."), file, document.error());
        return false;
    }
    show(std::move(*document), QFileInfo(file).absoluteFilePath(), false);
    RecentFiles::add(file_);
    return true;
}

QString DocumentSession::ask_for_file() {
    QSettings settings;
    const QString file = QFileDialog::getOpenFileName(window_, tr("Open a drawing"),
                                                      settings.value(folder_key).toString(), file_filter());
    if (!file.isEmpty()) {
        settings.setValue(folder_key, QFileInfo(file).absolutePath());
    }
    return file;
}

bool DocumentSession::may_discard() {
    if (!is_dirty()) {
        return true;
    }
    return may_give_up(
        {"save_changes", tr("Unsaved changes"), tr("Save the changes to “%1”?").arg(title()),
         tr("What is not saved is lost.")},
        [this] { return save(); }, window_);
}

bool DocumentSession::save() {
    return file_.isEmpty() ? save_as() : save_to(file_);
}

bool DocumentSession::save_as() {
    QSettings settings;
    const QString folder = settings.value(folder_key, QDir::homePath()).toString();
    const QString proposed =
        file_.isEmpty() ? QDir(folder).filePath(title() + '.' + extension) : QString(file_);
    QFileDialog dialog(window_, tr("Save the drawing"), QFileInfo(proposed).absolutePath(), file_filter());
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setDefaultSuffix(extension);
    dialog.selectFile(proposed);
    if (dialog.exec() != QDialog::Accepted || dialog.selectedFiles().isEmpty()) {
        return false;
    }
    const QString file = dialog.selectedFiles().front();
    settings.setValue(folder_key, QFileInfo(file).absolutePath());
    return save_to(file);
}

bool DocumentSession::save_to(const QString& file) {
    if (const auto saved = designer::save_document(editor_->document(), to_std(file)); !saved) {
        show_file_error(window_, tr("The drawing could not be saved."), file, saved.error());
        return false;
    }
    file_ = QFileInfo(file).absoluteFilePath();
    recovered_unsaved_ = false;
    editor_->undo_stack()->setClean();
    refresh_dirty();
    RecentFiles::add(file_);
    emit file_changed();
    return true;
}

void DocumentSession::keep_for_recovery() {
    if (!is_dirty()) {
        return;
    }
    if (const auto kept = recovery_.keep(editor_->document(), file_); !kept) {
        emit autosave_failed(to_q(kept.error().message));
    }
}

bool DocumentSession::offer_recovery() {
    for (const LostWork& work : recovery_.lost()) {
        const QString where = work.original_file.isEmpty() ? tr("It was never saved.")
                                                           : QDir::toNativeSeparators(work.original_file);
        QMessageBox box(QMessageBox::Question, tr("Recover unsaved work"),
                        tr("Fulcrum ended unexpectedly with unsaved changes to “%1”.")
                            .arg(work.name.isEmpty() ? tr("Untitled") : work.name),
                        QMessageBox::NoButton, window_);
        box.setObjectName("recovery_offer");
        box.setInformativeText(
            tr("Kept on %1. %2")
                .arg(QLocale().toString(work.time.toLocalTime(), QLocale::ShortFormat), where));
        QPushButton* recover = box.addButton(tr("&Recover"), QMessageBox::AcceptRole);
        QPushButton* discard = box.addButton(tr("&Discard it"), QMessageBox::DestructiveRole);
        box.addButton(tr("Ask me &later"), QMessageBox::RejectRole);
        box.setDefaultButton(recover);
        box.exec();
        if (box.clickedButton() == discard) {
            recovery_.discard(work);
        } else if (box.clickedButton() == recover) {
            auto document = designer::read_document(to_std(work.recovery_file));
            if (!document) {
                show_file_error(window_, tr("The kept work cannot be read."), work.recovery_file,
                                document.error());
                continue;
            }
            document->name = to_std(work.name); // an unnamed drawing would be called after the recovery file
            show(std::move(*document), work.original_file, true);
            recovery_.discard(work);
            return true;
        }
    }
    return false;
}

void DocumentSession::give_up_unsaved() {
    autosave_.stop();
    recovery_.forget();
}

} // namespace fulcrum::window
